"""boto3, feature by feature, over the endpoint that the local stack has. boto3.test.ts runs it, with what it needs as JSON."""
import base64
import json
import os
import unittest

import boto3
from botocore.exceptions import ClientError

STACK = json.loads(os.environ["STACK"])
CLIENT = {
    "endpoint_url": STACK["endpoint"],
    "region_name": STACK["region"],
    "aws_access_key_id": "test",
    "aws_secret_access_key": "test",
}
TARGET = STACK["target"]
LONGEST = 2**63 - 1
SHORTEST = -(2**63)
rds = boto3.client("rds-data", **CLIENT)


def execute(sql, parameters=(), **more):
    named = [{"name": name, **how} for name, how in dict(parameters).items()]
    return rds.execute_statement(**{"sql": sql, "parameters": named, **TARGET, **more})


def names():
    return [row[0]["stringValue"] for row in execute("SELECT name FROM people ORDER BY id")["records"]]


class Peer(unittest.TestCase):
    def setUp(self):
        execute("DROP TABLE IF EXISTS people")
        execute("CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL UNIQUE, age bigint)")

    def assertFails(self, name, call, status=400, words=""):
        with self.assertRaises(ClientError) as caught:
            call()
        response = caught.exception.response
        self.assertEqual((response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]), (name, status))
        self.assertIn(words, response["Error"]["Message"])


class Parameters(Peer):
    def test_every_kind_of_value_goes_both_ways(self):
        kinds = {
            "text": {"value": {"stringValue": "o'clock :1 \"Ünïcode\" \\"}},
            "whole": {"value": {"longValue": 5}},
            "double": {"value": {"doubleValue": 0.1}},
            "yes": {"value": {"booleanValue": True}},
            "bytes": {"value": {"blobValue": bytes([0, 255])}},
        }
        sql = "SELECT " + ", ".join(f":{name} AS {name}" for name in kinds)
        self.assertEqual(execute(sql, kinds)["records"], [[how["value"] for how in kinds.values()]])

    def test_all_64_bits_go_both_ways(self):
        ends = {"most": {"value": {"longValue": LONGEST}}, "least": {"value": {"longValue": SHORTEST}}}
        self.assertEqual(execute("SELECT :most, :least", ends)["records"], [[how["value"] for how in ends.values()]])

    def test_null_goes_both_ways(self):
        null = {"value": {"isNull": True}}
        hinted = {"value": {"isNull": True}, "typeHint": "UUID"}
        [row] = execute("SELECT :none::text, :hinted, pg_typeof(:hinted)::text", {"none": null, "hinted": hinted})["records"]
        self.assertEqual(row, [{"isNull": True}, {"isNull": True}, {"stringValue": "uuid"}])

    def test_hints_say_the_type_of_text(self):
        hints = {
            "DATE": ("2026-05-19", "date"),
            "TIME": ("12:30:00", "time without time zone"),
            "TIMESTAMP": ("2026-05-19 12:30:00", "timestamp without time zone"),
            "DECIMAL": ("1234567890.12", "numeric"),
            "UUID": ("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "uuid"),
            "JSON": ('{"a": [1]}', "json"),
        }
        for hint, (value, kind) in hints.items():
            with self.subTest(hint):
                given = {"value": {"stringValue": value}, "typeHint": hint}
                [[text, type_name]] = execute("SELECT :v::text, pg_typeof(:v)::text", {"v": given})["records"]
                self.assertEqual((text["stringValue"], type_name["stringValue"]), (value, kind))

    def test_arrays_are_refused(self):
        array = {"value": {"arrayValue": {"longValues": [1]}}}
        self.assertFails("ValidationException", lambda: execute("SELECT :list", {"list": array}))


class Results(Peer):
    def test_arrays_come_back(self):
        [row] = execute("SELECT array[1, NULL], array['a', NULL], array[0.5::float8], array[true], '{}'::int[]")["records"]
        kinds = (
            {"longValues": [1, None]},
            {"stringValues": ["a", None]},
            {"doubleValues": [0.5]},
            {"booleanValues": [True]},
            {"longValues": []},
        )
        self.assertEqual(row, [{"arrayValue": kind} for kind in kinds])

    def test_64_bits_come_back_in_arrays_too(self):
        [[field]] = execute(f"SELECT array[{LONGEST}, {SHORTEST}]::bigint[]")["records"]
        self.assertEqual(field, {"arrayValue": {"longValues": [LONGEST, SHORTEST]}})

    def test_other_types_come_back_as_text(self):
        sql = "SELECT 1.50::numeric, '2026-05-19 12:30+02'::timestamptz, '{\"a\": 1}'::jsonb, '127.0.0.1'::inet"
        texts = ["1.50", "2026-05-19 10:30:00", '{"a":1}', "127.0.0.1"]
        self.assertEqual(execute(sql)["records"], [[{"stringValue": text} for text in texts]])

    def test_options_of_a_result(self):
        exact = execute("SELECT 1.50::numeric, 2::numeric", resultSetOptions={"decimalReturnType": "DOUBLE_OR_LONG"})
        self.assertEqual(exact["records"], [[{"doubleValue": 1.5}, {"longValue": 2}]])
        long = execute(f"SELECT {LONGEST}::bigint", resultSetOptions={"longReturnType": "STRING"})
        self.assertEqual(long["records"], [[{"stringValue": str(LONGEST)}]])

    def test_columns_are_described(self):
        described = execute("SELECT id, name AS called FROM people", includeResultMetadata=True)["columnMetadata"]
        columns = [(column["label"], column["typeName"], column["nullable"]) for column in described]
        self.assertEqual(columns, [("id", "serial", 0), ("called", "text", 0)])

    def test_rows_come_as_json_where_that_is_asked_for(self):
        sql = f"SELECT 1.5::float8 AS half, {LONGEST}::bigint AS long, 'a' AS text, NULL AS nothing, true AS yes, array[1] AS list"
        formatted = execute(sql, formatRecordsAs="JSON")
        row = {"half": 1.5, "long": LONGEST, "text": "a", "nothing": None, "yes": True, "list": [1]}
        self.assertEqual(json.loads(formatted["formattedRecords"]), [row])
        self.assertNotIn("records", formatted)

    def test_changed_rows_are_counted(self):
        inserted = execute("INSERT INTO people (name) VALUES ('Ada'), ('Bo')")
        self.assertEqual((inserted["numberOfRecordsUpdated"], inserted["generatedFields"]), (2, []))
        returned = execute("UPDATE people SET age = 36 WHERE name = 'Ada' RETURNING age")
        self.assertEqual((returned["numberOfRecordsUpdated"], returned["records"]), (0, [[{"longValue": 36}]]))


class Failures(Peer):
    def test_have_their_names(self):
        for sql, name, words in (
            ("SELECT * FROM nowhere", "DatabaseErrorException", "SQLState: 42P01"),
            ("SELECT :unbound", "ValidationException", "unbound"),
            ("SELECT 1; SELECT 2", "ValidationException", "Multistatements"),
            ("SELECT '1 day'::interval", "UnsupportedResultException", "unsupported data type INTERVAL"),
            ("SELECT array[[1], [2]]", "UnsupportedResultException", "multidimensional array"),
            ("SELECT repeat('x', 2000000)", "UnsupportedResultException", "exceeds the size limit"),
            ("SELECT pg_sleep(60)", "StatementTimeoutException", "timed out"),
            ("SELECT '" + "x" * 65_536 + "'", "BadRequestException", ""),
        ):
            with self.subTest(sql[:80]):
                self.assertFails(name, lambda: execute(sql), words=words)

    def test_of_what_is_not_there_have_their_names(self):
        for member, value, name in (
            ("resourceArn", "arn:aws:rds:us-east-1:000000000000:cluster:nowhere", "HttpEndpointNotEnabledException"),
            ("secretArn", "arn:aws:secretsmanager:us-east-1:000000000000:secret:nowhere", "SecretsErrorException"),
            ("database", "nowhere", "DatabaseErrorException"),
            ("schema", "public", "ValidationException"),
        ):
            with self.subTest(member):
                self.assertFails(name, lambda: execute("SELECT 1", **{member: value}))

    def test_are_classes_of_the_client(self):
        with self.assertRaises(rds.exceptions.DatabaseErrorException):
            execute("SELECT * FROM nowhere")


class BatchExecuteStatement(Peer):
    def batch(self, *given, **more):
        sql = "INSERT INTO people (name, age) VALUES (:name, :age)"
        sets = [[{"name": "name", "value": {"stringValue": name}}, {"name": "age", "value": age}] for name, age in given]
        return rds.batch_execute_statement(sql=sql, parameterSets=sets, **TARGET, **more)

    def test_every_set_is_written_with_all_64_bits_and_null(self):
        written = self.batch(("Ada", {"longValue": LONGEST}), ("Bo", {"longValue": SHORTEST}), ("Cy", {"isNull": True}))
        self.assertEqual(written["updateResults"], [{"generatedFields": []}] * 3)
        ages = execute("SELECT age FROM people ORDER BY id")["records"]
        self.assertEqual(ages, [[{"longValue": LONGEST}], [{"longValue": SHORTEST}], [{"isNull": True}]])

    def test_all_or_none(self):
        twice = [("Ada", {"longValue": 1})] * 2
        self.assertFails("DatabaseErrorException", lambda: self.batch(*twice), words="SQLState: 23505")
        self.assertEqual(names(), [])

    def test_is_part_of_a_transaction(self):
        transaction = rds.begin_transaction(**TARGET)["transactionId"]
        self.batch(("Ada", {"longValue": 1}), transactionId=transaction)
        self.assertEqual(names(), [])
        end(rds.commit_transaction, transaction)
        self.assertEqual(names(), ["Ada"])


def end(how, transaction):
    return how(resourceArn=TARGET["resourceArn"], secretArn=TARGET["secretArn"], transactionId=transaction)


class Transactions(Peer):
    def begin(self):
        return rds.begin_transaction(**TARGET)["transactionId"]

    def test_commit_and_roll_back(self):
        for how, status in ((rds.commit_transaction, "Transaction Committed"), (rds.rollback_transaction, "Rollback Complete")):
            transaction = self.begin()
            execute(f"INSERT INTO people (name) VALUES ('{status}')", transactionId=transaction)
            self.assertEqual(end(how, transaction)["transactionStatus"], status)
        self.assertEqual(names(), ["Transaction Committed"])

    def test_can_only_be_rolled_back_after_a_failure(self):
        transaction = self.begin()
        self.assertFails("DatabaseErrorException", lambda: execute("SELECT 1/0", transactionId=transaction), words="22012")
        self.assertFails("DatabaseErrorException", lambda: execute("SELECT 1", transactionId=transaction), words="25P02")
        self.assertEqual(end(rds.rollback_transaction, transaction)["transactionStatus"], "Rollback Complete")

    def test_what_is_over_is_not_found(self):
        transaction = self.begin()
        end(rds.rollback_transaction, transaction)
        for call in (
            lambda: execute("SELECT 1", transactionId=transaction),
            lambda: end(rds.commit_transaction, transaction),
            lambda: end(rds.rollback_transaction, transaction),
        ):
            self.assertFails("TransactionNotFoundException", call, status=404)


class SecretsManager(unittest.TestCase):
    manager = boto3.client("secretsmanager", **CLIENT)

    def test_answers_a_secret(self):
        secret = self.manager.get_secret_value(SecretId=STACK["encryptionKeySecretArn"])
        self.assertEqual(len(base64.b64decode(secret["SecretString"])), 32)
        self.assertEqual(secret["VersionStages"], ["AWSCURRENT"])

    def test_describes_a_secret_without_its_value(self):
        described = self.manager.describe_secret(SecretId=STACK["encryptionKeySecretArn"])
        self.assertEqual(described["ARN"], STACK["encryptionKeySecretArn"])
        self.assertNotIn("SecretString", described)

    def test_does_not_find_what_is_not_there(self):
        for call in (self.manager.get_secret_value, self.manager.describe_secret):
            with self.assertRaises(self.manager.exceptions.ResourceNotFoundException):
                call(SecretId="nowhere")


class Invoke(unittest.TestCase):
    functions = boto3.client("lambda", **CLIENT)

    def test_answers_what_a_function_throws_with_its_log(self):
        answer = self.functions.invoke(FunctionName="provision:live", Payload=b"{}", LogType="Tail")
        self.assertEqual((answer["StatusCode"], answer["FunctionError"]), (200, "Unhandled"))
        self.assertEqual(json.load(answer["Payload"])["errorType"], "InvalidRequestError")
        self.assertIn(b"INVALID_REQUEST", base64.b64decode(answer["LogResult"]))

    def test_does_not_wait_for_an_event_nor_run_on_a_dry_run(self):
        for kind, status in (("Event", 202), ("DryRun", 204)):
            answer = self.functions.invoke(FunctionName="provision", InvocationType=kind, Payload=b"{}")
            self.assertEqual((answer["StatusCode"], answer["Payload"].read()), (status, b""))

    def test_failures_have_their_names(self):
        with self.assertRaises(self.functions.exceptions.ResourceNotFoundException):
            self.functions.invoke(FunctionName="nobody")
        with self.assertRaises(self.functions.exceptions.InvalidRequestContentException):
            self.functions.invoke(FunctionName="provision", Payload=b"{")


if __name__ == "__main__":
    unittest.main(verbosity=2)
