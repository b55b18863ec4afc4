package devisa

import (
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Refusal is why a call failed. Decide by Reason; Message is for people and may change.
type Refusal struct {
	Code    codes.Code
	Message string
	// Reason is a value of devisa.error.v1.ErrorReason without its prefix; empty when it is not
	// Devisa that answered, but the network or something in between.
	Reason string
	// Metadata has the parts of the message by name, such as resource or expected.
	Metadata map[string]string
	// Violations are every rule that the request broke, all at once. Each has the field's path
	// (shipment.lines[2].value), the rule for programs as reason (CONTAINER_NUMBER_CHECK_DIGIT), and
	// for people as description (container_number.check_digit: expected 3, found 4).
	Violations []*errdetails.BadRequest_FieldViolation
	// Resource is the one that is absent or in the way; empty where there is none.
	Resource string
	// RetryAfter is how long to wait before the same call may succeed; 0 when waiting is no help.
	RetryAfter time.Duration
}

// RefusalOf reads the details of a failed call, which travel in grpc-status-details-bin.
func RefusalOf(err error) Refusal {
	answer := status.Convert(err)
	refusal := Refusal{Code: answer.Code(), Message: answer.Message()}
	for _, detail := range answer.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.GetDomain() == "devisa" {
				refusal.Reason, refusal.Metadata = detail.GetReason(), detail.GetMetadata()
			}
		case *errdetails.BadRequest:
			refusal.Violations = detail.GetFieldViolations()
		case *errdetails.ResourceInfo:
			refusal.Resource = detail.GetResourceName()
		case *errdetails.RetryInfo:
			refusal.RetryAfter = detail.GetRetryDelay().AsDuration()
		}
	}
	return refusal
}
