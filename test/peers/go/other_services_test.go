package peers

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	lambdatypes "github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

var manager = secretsmanager.NewFromConfig(config)
var functions = lambda.NewFromConfig(config)

func TestSecretsManagerAnswersAndDescribesASecret(t *testing.T) {
	key := &stack.EncryptionKeySecretArn
	secret := must(manager.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: key}))
	bytes := must(base64.StdEncoding.DecodeString(*secret.SecretString))
	expectEqual(t, len(bytes), 32)
	expectEqual(t, secret.VersionStages, []string{"AWSCURRENT"})
	described := must(manager.DescribeSecret(t.Context(), &secretsmanager.DescribeSecretInput{SecretId: key}))
	expectEqual(t, *described.ARN, *key)
	_, err := manager.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: aws.String("nowhere")})
	expectFailure(t, err, "ResourceNotFoundException", 400, "")
}

func TestInvokeAnswersWhatAFunctionThrowsWithItsLog(t *testing.T) {
	answer := must(functions.Invoke(t.Context(), &lambda.InvokeInput{
		FunctionName: aws.String("provision:live"),
		Payload:      []byte("{}"),
		LogType:      lambdatypes.LogTypeTail,
	}))
	expectEqual(t, []any{answer.StatusCode, *answer.FunctionError}, []any{int32(200), "Unhandled"})
	var thrown struct{ ErrorType string }
	if err := json.Unmarshal(answer.Payload, &thrown); err != nil {
		t.Fatal(err)
	}
	expectEqual(t, thrown.ErrorType, "InvalidRequestError")
	log := must(base64.StdEncoding.DecodeString(*answer.LogResult))
	expectEqual(t, strings.Contains(string(log), "INVALID_REQUEST"), true)
}

func TestInvokeDoesNotWaitForAnEventNorRunOnADryRun(t *testing.T) {
	for kind, status := range map[lambdatypes.InvocationType]int32{
		lambdatypes.InvocationTypeEvent:  202,
		lambdatypes.InvocationTypeDryRun: 204,
	} {
		answer := must(functions.Invoke(t.Context(), &lambda.InvokeInput{
			FunctionName:   aws.String("provision"),
			InvocationType: kind,
			Payload:        []byte("{}"),
		}))
		expectEqual(t, []any{answer.StatusCode, len(answer.Payload)}, []any{status, 0})
	}
}

func TestInvokeFailsByName(t *testing.T) {
	_, err := functions.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("nobody")})
	expectFailure(t, err, "ResourceNotFoundException", 404, "Function not found")
	_, err = functions.Invoke(t.Context(), &lambda.InvokeInput{FunctionName: aws.String("provision"), Payload: []byte("{")})
	expectFailure(t, err, "InvalidRequestContentException", 400, "Could not parse")
}
