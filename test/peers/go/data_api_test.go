package peers

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rdsdata"
	"github.com/aws/aws-sdk-go-v2/service/rdsdata/types"
)

type (
	text    = types.FieldMemberStringValue
	long    = types.FieldMemberLongValue
	double  = types.FieldMemberDoubleValue
	boolean = types.FieldMemberBooleanValue
	blob    = types.FieldMemberBlobValue
	null    = types.FieldMemberIsNull
	array   = types.FieldMemberArrayValue
)

func TestEveryKindOfValueGoesBothWays(t *testing.T) {
	values := []types.Field{
		&text{Value: "o'clock :1 \"Ünïcode\" \\"},
		&long{Value: math.MaxInt64},
		&long{Value: math.MinInt64},
		&double{Value: 0.1},
		&boolean{Value: true},
		&blob{Value: []byte{0, 255}},
	}
	for _, value := range values {
		expectEqual(t, run(t, with("SELECT :v", named("v", value))).Records, [][]types.Field{{value}})
	}
	none := run(t, with("SELECT :v::text", named("v", &null{Value: true})))
	expectEqual(t, none.Records, [][]types.Field{{&null{Value: true}}})
}

func TestHintsSayTheTypeOfText(t *testing.T) {
	for hint, wanted := range map[types.TypeHint][2]string{
		types.TypeHintDate:      {"2026-05-19", "date"},
		types.TypeHintTime:      {"12:30:00", "time without time zone"},
		types.TypeHintTimestamp: {"2026-05-19 12:30:00", "timestamp without time zone"},
		types.TypeHintDecimal:   {"1234567890.12", "numeric"},
		types.TypeHintUuid:      {"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "uuid"},
		types.TypeHintJson:      {`{"a": [1]}`, "json"},
	} {
		given := named("v", &text{Value: wanted[0]})
		given.TypeHint = hint
		found := run(t, with("SELECT :v::text, pg_typeof(:v)::text", given)).Records
		expectEqual(t, found, [][]types.Field{{&text{Value: wanted[0]}, &text{Value: wanted[1]}}})
	}
}

func TestArraysComeBackAndAreRefusedAsParameters(t *testing.T) {
	found := run(t, sql("SELECT array[9223372036854775807, NULL], array['a', NULL], array[0.5::float8], array[true]"))
	expectEqual(t, found.Records, [][]types.Field{{
		&array{Value: &types.ArrayValueMemberLongValues{Value: []*int64{aws.Int64(math.MaxInt64), nil}}},
		&array{Value: &types.ArrayValueMemberStringValues{Value: []*string{aws.String("a"), nil}}},
		&array{Value: &types.ArrayValueMemberDoubleValues{Value: []*float64{aws.Float64(0.5)}}},
		&array{Value: &types.ArrayValueMemberBooleanValues{Value: []*bool{aws.Bool(true)}}},
	}})
	list := &array{Value: &types.ArrayValueMemberLongValues{Value: []*int64{aws.Int64(1)}}}
	_, err := execute(t, with("SELECT :list", named("list", list)))
	expectFailure(t, err, "ValidationException", 400, "Array parameters")
}

func TestOptionsOfAResult(t *testing.T) {
	input := sql("SELECT 1.50::numeric, 2::numeric, 5::bigint")
	input.ResultSetOptions = &types.ResultSetOptions{
		DecimalReturnType: types.DecimalReturnTypeDoubleOrLong,
		LongReturnType:    types.LongReturnTypeString,
	}
	expectEqual(t, run(t, input).Records, [][]types.Field{{&double{Value: 1.5}, &long{Value: 2}, &text{Value: "5"}}})
}

func TestColumnsAreDescribed(t *testing.T) {
	makePeople(t)
	input := sql("SELECT id, name AS called FROM people")
	input.IncludeResultMetadata = true
	found := run(t, input).ColumnMetadata
	expectEqual(t, []string{*found[0].Label, *found[0].TypeName, *found[1].Label, *found[1].TypeName},
		[]string{"id", "serial", "called", "text"})
}

func TestRowsComeAsJSONWhereThatIsAskedFor(t *testing.T) {
	input := sql("SELECT 9223372036854775807 AS long, 'a' AS text, NULL AS nothing, array[1] AS list")
	input.FormatRecordsAs = types.RecordsFormatTypeJson
	found := run(t, input)
	var rows []struct {
		Long    int64
		Text    string
		Nothing *string
		List    []int
	}
	if err := json.Unmarshal([]byte(*found.FormattedRecords), &rows); err != nil {
		t.Fatal(err)
	}
	expectEqual(t, []any{rows[0].Long, rows[0].Text, rows[0].Nothing, rows[0].List},
		[]any{int64(math.MaxInt64), "a", (*string)(nil), []int{1}})
	expectEqual(t, len(found.Records), 0)
}

func TestFailuresHaveTheirNames(t *testing.T) {
	for _, wanted := range [][3]string{
		{"SELECT * FROM nowhere", "DatabaseErrorException", "SQLState: 42P01"},
		{"SELECT :unbound", "ValidationException", "unbound"},
		{"SELECT 1; SELECT 2", "ValidationException", "Multistatements"},
		{"SELECT array[[1], [2]]", "UnsupportedResultException", "multidimensional array"},
		{"SELECT repeat('x', 2000000)", "UnsupportedResultException", "exceeds the size limit"},
		{"SELECT pg_sleep(60)", "StatementTimeoutException", "timed out"},
		{"SELECT '" + strings.Repeat("x", 65_536) + "'", "BadRequestException", ""},
	} {
		_, err := execute(t, sql(wanted[0]))
		expectFailure(t, err, wanted[1], 400, wanted[2])
	}
	_, err := execute(t, sql("SELECT * FROM nowhere"))
	var failure *types.DatabaseErrorException
	expectEqual(t, errors.As(err, &failure), true)
}

func TestFailuresOfWhatIsNotThereHaveTheirNames(t *testing.T) {
	one := "SELECT 1"
	for name, input := range map[string]statement{
		"HttpEndpointNotEnabledException": {Sql: &one, ResourceArn: aws.String("arn:aws:rds:us-east-1:000000000000:cluster:nowhere")},
		"SecretsErrorException":           {Sql: &one, SecretArn: aws.String("arn:aws:secretsmanager:us-east-1:000000000000:secret:nowhere")},
		"DatabaseErrorException":          {Sql: &one, Database: aws.String("nowhere")},
		"ValidationException":             {Sql: &one, Schema: aws.String("public")},
	} {
		_, err := execute(t, input)
		expectFailure(t, err, name, 400, "")
	}
}

func batch(t *testing.T, transaction *string, names ...string) (*rdsdata.BatchExecuteStatementOutput, error) {
	t.Helper()
	sets := [][]types.SqlParameter{}
	for _, name := range names {
		age := named("age", &long{Value: math.MaxInt64})
		sets = append(sets, []types.SqlParameter{named("name", &text{Value: name}), age})
	}
	return rds.BatchExecuteStatement(t.Context(), &rdsdata.BatchExecuteStatementInput{
		ResourceArn:   stack.Target.ResourceArn,
		SecretArn:     stack.Target.SecretArn,
		Database:      stack.Target.Database,
		Sql:           aws.String("INSERT INTO people (name, age) VALUES (:name, :age)"),
		ParameterSets: sets,
		TransactionId: transaction,
	})
}

func TestABatchWritesAllSetsOrNone(t *testing.T) {
	makePeople(t)
	written := must(batch(t, nil, "Ada", "Bo"))
	expectEqual(t, len(written.UpdateResults), 2)
	ages := run(t, sql("SELECT DISTINCT age FROM people")).Records
	expectEqual(t, ages, [][]types.Field{{&long{Value: math.MaxInt64}}})
	_, err := batch(t, nil, "Cy", "Cy")
	expectFailure(t, err, "DatabaseErrorException", 400, "SQLState: 23505")
	expectNames(t, "Ada", "Bo")
}

func begin(t *testing.T) *string {
	t.Helper()
	return must(rds.BeginTransaction(t.Context(), &rdsdata.BeginTransactionInput{
		ResourceArn: stack.Target.ResourceArn,
		SecretArn:   stack.Target.SecretArn,
		Database:    stack.Target.Database,
	})).TransactionId
}

func commit(t *testing.T, transaction *string) (*rdsdata.CommitTransactionOutput, error) {
	t.Helper()
	return rds.CommitTransaction(t.Context(), &rdsdata.CommitTransactionInput{
		ResourceArn:   stack.Target.ResourceArn,
		SecretArn:     stack.Target.SecretArn,
		TransactionId: transaction,
	})
}

func rollBack(t *testing.T, transaction *string) (*rdsdata.RollbackTransactionOutput, error) {
	t.Helper()
	return rds.RollbackTransaction(t.Context(), &rdsdata.RollbackTransactionInput{
		ResourceArn:   stack.Target.ResourceArn,
		SecretArn:     stack.Target.SecretArn,
		TransactionId: transaction,
	})
}

func TestATransactionIsCommittedOrRolledBackWithItsBatch(t *testing.T) {
	makePeople(t)
	kept, dropped := begin(t), begin(t)
	must(batch(t, kept, "Ada"))
	must(batch(t, dropped, "Bo"))
	expectNames(t)
	expectEqual(t, *must(commit(t, kept)).TransactionStatus, "Transaction Committed")
	expectEqual(t, *must(rollBack(t, dropped)).TransactionStatus, "Rollback Complete")
	expectNames(t, "Ada")
}

func TestATransactionCanOnlyBeRolledBackAfterAFailure(t *testing.T) {
	transaction := begin(t)
	failing := sql("SELECT 1/0")
	failing.TransactionId = transaction
	_, err := execute(t, failing)
	expectFailure(t, err, "DatabaseErrorException", 400, "SQLState: 22012")
	_, err = commit(t, transaction)
	expectFailure(t, err, "DatabaseErrorException", 400, "SQLState: 25P02")
}

func TestATransactionThatIsOverIsNotFound(t *testing.T) {
	transaction := begin(t)
	must(rollBack(t, transaction))
	_, err := commit(t, transaction)
	expectFailure(t, err, "TransactionNotFoundException", 404, "")
}
