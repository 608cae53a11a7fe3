"""boto3, feature by feature, over the endpoint that the local stack has. python.test.ts runs it, with what it needs as JSON."""
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
rds = boto3.client("rds-data", **CLIENT)


def execute(sql, parameters=(), **more):
    named = [{"name": name, **how} for name, how in dict(parameters).items()]
    return rds.execute_statement(sql=sql, parameters=named, **TARGET, **more)


def names():
    return [row[0]["stringValue"] for row in execute("SELECT name FROM people ORDER BY id")["records"]]


class Peer(unittest.TestCase):
    def setUp(self):
        execute("DROP TABLE IF EXISTS people")
        execute("CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL UNIQUE, age int)")

    def failure(self, call):
        with self.assertRaises(ClientError) as caught:
            call()
        response = caught.exception.response
        return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"], response["Error"]["Message"]


class ExecuteStatement(Peer):
    def test_every_kind_of_value_goes_both_ways(self):
        kinds = {
            "text": {"value": {"stringValue": "o'clock :1 \"Ünïcode\" \\"}},
            "whole": {"value": {"longValue": 9223372036854775807}},
            "double": {"value": {"doubleValue": 0.1}},
            "yes": {"value": {"booleanValue": True}},
            "bytes": {"value": {"blobValue": bytes([0, 255])}},
        }
        sql = "SELECT " + ", ".join(f":{name} AS {name}" for name in kinds)
        self.assertEqual(execute(sql, kinds)["records"], [[how["value"] for how in kinds.values()]])

    def test_null_goes_both_ways(self):
        null = {"value": {"isNull": True}}
        self.assertEqual(execute("SELECT :none::text", {"none": null})["records"], [[{"isNull": True}]])

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

    def test_arrays_come_back(self):
        [row] = execute("SELECT array[1, 2], array['a'], array[0.5::float8], array[true]")["records"]
        kinds = {"longValues": [1, 2]}, {"stringValues": ["a"]}, {"doubleValues": [0.5]}, {"booleanValues": [True]}
        self.assertEqual(row, [{"arrayValue": kind} for kind in kinds])
        code, _, _ = self.failure(lambda: execute("SELECT array[[1], [2]]"))
        self.assertEqual(code, "UnsupportedResultException")

    def test_options_of_a_result(self):
        exact = execute("SELECT 1.50::numeric", resultSetOptions={"decimalReturnType": "DOUBLE_OR_LONG"})
        self.assertEqual(exact["records"], [[{"doubleValue": 1.5}]])
        long = execute("SELECT 5::bigint", resultSetOptions={"longReturnType": "STRING"})
        self.assertEqual(long["records"], [[{"stringValue": "5"}]])

    def test_columns_are_described(self):
        described = execute("SELECT id, name AS called FROM people", includeResultMetadata=True)["columnMetadata"]
        columns = [(column["label"], column["typeName"], column["nullable"]) for column in described]
        self.assertEqual(columns, [("id", "int4", 0), ("called", "text", 0)])

    def test_rows_come_as_json_where_that_is_asked_for(self):
        formatted = execute("SELECT 1 AS one, 'a' AS text, NULL AS nothing", formatRecordsAs="JSON")
        self.assertEqual(json.loads(formatted["formattedRecords"]), [{"one": 1, "text": "a", "nothing": None}])
        self.assertNotIn("records", formatted)

    def test_changed_rows_are_counted(self):
        self.assertEqual(execute("INSERT INTO people (name) VALUES ('Ada'), ('Bo')")["numberOfRecordsUpdated"], 2)

    def test_failures_have_their_names(self):
        code, status, message = self.failure(lambda: execute("SELECT * FROM nowhere"))
        self.assertEqual((code, status), ("DatabaseErrorException", 400))
        self.assertIn("SQLState: 42P01", message)
        code, status, _ = self.failure(lambda: execute("SELECT :unbound"))
        self.assertEqual((code, status), ("ValidationException", 400))
        code, _, _ = self.failure(lambda: execute("SELECT 1; SELECT 2"))
        self.assertEqual(code, "ValidationException")


class BatchExecuteStatement(Peer):
    sql = "INSERT INTO people (name) VALUES (:name)"

    def batch(self, *given, **more):
        sets = [[{"name": "name", "value": {"stringValue": name}}] for name in given]
        return rds.batch_execute_statement(sql=self.sql, parameterSets=sets, **TARGET, **more)

    def test_every_set_is_written(self):
        self.assertEqual(len(self.batch("Ada", "Bo")["updateResults"]), 2)
        self.assertEqual(names(), ["Ada", "Bo"])

    def test_all_or_none(self):
        code, _, _ = self.failure(lambda: self.batch("Ada", "Ada"))
        self.assertEqual(code, "DatabaseErrorException")
        self.assertEqual(names(), [])


class Transactions(Peer):
    def begin(self):
        return rds.begin_transaction(**TARGET)["transactionId"]

    def end(self, how, transaction):
        return how(resourceArn=TARGET["resourceArn"], secretArn=TARGET["secretArn"], transactionId=transaction)

    def test_commit_and_roll_back(self):
        for how, status in ((rds.commit_transaction, "Transaction Committed"), (rds.rollback_transaction, "Rollback Complete")):
            transaction = self.begin()
            execute(f"INSERT INTO people (name) VALUES ('{status}')", transactionId=transaction)
            self.assertEqual(self.end(how, transaction)["transactionStatus"], status)
        self.assertEqual(names(), ["Transaction Committed"])

    def test_what_is_over_is_not_found(self):
        transaction = self.begin()
        self.end(rds.rollback_transaction, transaction)
        code, status, _ = self.failure(lambda: execute("SELECT 1", transactionId=transaction))
        self.assertEqual((code, status), ("TransactionNotFoundException", 404))


class OtherServices(Peer):
    def test_secrets_manager(self):
        manager = boto3.client("secretsmanager", **CLIENT)
        secret = manager.get_secret_value(SecretId=STACK["encryptionKeySecretArn"])
        self.assertEqual(len(base64.b64decode(secret["SecretString"])), 32)
        self.assertEqual(secret["VersionStages"], ["AWSCURRENT"])
        with self.assertRaises(manager.exceptions.ResourceNotFoundException):
            manager.get_secret_value(SecretId="nowhere")

    def test_lambda(self):
        functions = boto3.client("lambda", **CLIENT)
        answer = functions.invoke(FunctionName="provision:live", Payload=b"{}")
        self.assertEqual((answer["StatusCode"], answer["FunctionError"]), (200, "Unhandled"))
        self.assertEqual(json.load(answer["Payload"])["errorType"], "InvalidRequestError")
        with self.assertRaises(functions.exceptions.ResourceNotFoundException):
            functions.invoke(FunctionName="nobody")


if __name__ == "__main__":
    unittest.main(verbosity=2)
