// AWS's SDK for Go, feature by feature, over the endpoint that the local stack has. aws-sdk-go-v2.test.ts runs it, with
// what it needs as JSON.
package peers

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rdsdata"
	"github.com/aws/aws-sdk-go-v2/service/rdsdata/types"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

var stack = func() (read struct {
	Endpoint, Region, EncryptionKeySecretArn string
	Target                                   struct{ ResourceArn, SecretArn, Database *string }
}) {
	if err := json.Unmarshal([]byte(os.Getenv("STACK")), &read); err != nil {
		panic(err)
	}
	return read
}()

var config = aws.Config{
	Region:       stack.Region,
	BaseEndpoint: &stack.Endpoint,
	Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
	}),
}

var rds = rdsdata.NewFromConfig(config)

type statement = rdsdata.ExecuteStatementInput

// execute fills in what every call needs and the statement does not name.
func execute(t *testing.T, input statement) (*rdsdata.ExecuteStatementOutput, error) {
	t.Helper()
	for member, value := range map[**string]*string{
		&input.ResourceArn: stack.Target.ResourceArn,
		&input.SecretArn:   stack.Target.SecretArn,
		&input.Database:    stack.Target.Database,
	} {
		if *member == nil {
			*member = value
		}
	}
	return rds.ExecuteStatement(t.Context(), &input)
}

func run(t *testing.T, input statement) *rdsdata.ExecuteStatementOutput {
	t.Helper()
	return must(execute(t, input))
}

// must panics, which fails the test with the place where it did.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func sql(text string) statement { return statement{Sql: &text} }

func with(text string, parameters ...types.SqlParameter) statement {
	return statement{Sql: &text, Parameters: parameters}
}

func named(name string, value types.Field) types.SqlParameter {
	return types.SqlParameter{Name: &name, Value: value}
}

func makePeople(t *testing.T) {
	t.Helper()
	run(t, sql("DROP TABLE IF EXISTS people"))
	run(t, sql("CREATE TABLE people (id serial PRIMARY KEY, name text NOT NULL UNIQUE, age bigint)"))
}

func expectNames(t *testing.T, names ...string) {
	t.Helper()
	found := []string{}
	for _, row := range run(t, sql("SELECT name FROM people ORDER BY id")).Records {
		found = append(found, row[0].(*types.FieldMemberStringValue).Value)
	}
	expectEqual(t, strings.Join(found, ", "), strings.Join(names, ", "))
}

func expectEqual(t *testing.T, found, wanted any) {
	t.Helper()
	if !reflect.DeepEqual(found, wanted) {
		t.Errorf("found %s, wanted %s", asJSON(found), asJSON(wanted))
	}
}

func asJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func expectFailure(t *testing.T, err error, name string, status int, words string) {
	t.Helper()
	var failure smithy.APIError
	var response *smithyhttp.ResponseError
	if !errors.As(err, &failure) || !errors.As(err, &response) {
		t.Fatalf("found %v, wanted %s", err, name)
	}
	expectEqual(t, failure.ErrorCode(), name)
	expectEqual(t, response.HTTPStatusCode(), status)
	if !strings.Contains(failure.ErrorMessage(), words) {
		t.Errorf("found %q, wanted words %q", failure.ErrorMessage(), words)
	}
}
