// Package devisa is a small Go client of Devisa, to read, to copy and to build on.
//
// It is grpc-go and stubs that protoc-gen-go generates from proto/, nothing else. What a client of
// Devisa should do, and where it is done here:
//
//   - name who calls and give every call a deadline: Connect;
//   - keep money exact, never as a float: Money, Amount;
//   - read why a call was refused from its details, not from its message: RefusalOf;
//   - read lists to the empty page token: Every;
//   - give every write a request id, so that repeating it is safe: Repeating;
//   - send back the etag it read, and start again when somebody else was faster: ReadAndChange;
//   - remember the revision of the last event it handled, and resume after it: Follow.
package devisa

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"

	eventv1 "stubs/devisa/event/v1"
	registryv1 "stubs/devisa/registry/v1"
	shipmentv1 "stubs/devisa/shipment/v1"
)

// Deadline is how long a call may take whose context has no deadline of its own. Without one a lost
// answer is waited for forever.
const Deadline = 20 * time.Second

// Client is Devisa's services at one address, called as one principal.
type Client struct {
	Organisations  registryv1.OrganisationServiceClient
	Releases       shipmentv1.ReleaseServiceClient
	Shipments      shipmentv1.ShipmentServiceClient
	ShipmentEvents shipmentv1.EventServiceClient

	connection *grpc.ClientConn
}

// Connect makes a client. Further options are those of grpc-go, such as a service config.
func Connect(address, principal string, options ...grpc.DialOption) (*Client, error) {
	options = append([]grpc.DialOption{
		// Newer versions of grpc-go: grpc.WithTransportCredentials(insecure.NewCredentials()).
		grpc.WithInsecure(),
		grpc.WithUnaryInterceptor(unaryAs(principal)),
		grpc.WithStreamInterceptor(streamAs(principal)),
	}, options...)
	connection, err := grpc.Dial(address, options...)
	if err != nil {
		return nil, err
	}
	return &Client{
		Organisations:  registryv1.NewOrganisationServiceClient(connection),
		Releases:       shipmentv1.NewReleaseServiceClient(connection),
		Shipments:      shipmentv1.NewShipmentServiceClient(connection),
		ShipmentEvents: shipmentv1.NewEventServiceClient(connection),
		connection:     connection,
	}, nil
}

// Close gives the connection back.
func (c *Client) Close() error {
	return c.connection.Close()
}

// unaryAs names the principal on every call, and gives those a deadline that have none.
func unaryAs(principal string) grpc.UnaryClientInterceptor {
	return func(ctx context.Context, method string, request, answer interface{},
		connection *grpc.ClientConn, call grpc.UnaryInvoker, options ...grpc.CallOption) error {
		if _, has := ctx.Deadline(); !has {
			var cancel context.CancelFunc
			ctx, cancel = context.WithTimeout(ctx, Deadline)
			defer cancel()
		}
		ctx = metadata.AppendToOutgoingContext(ctx, "devisa-principal", principal)
		return call(ctx, method, request, answer, connection, options...)
	}
}

// streamAs names the principal on every stream. Follow gives streams their time.
func streamAs(principal string) grpc.StreamClientInterceptor {
	return func(ctx context.Context, description *grpc.StreamDesc, connection *grpc.ClientConn,
		method string, open grpc.Streamer, options ...grpc.CallOption) (grpc.ClientStream, error) {
		ctx = metadata.AppendToOutgoingContext(ctx, "devisa-principal", principal)
		return open(ctx, description, connection, method, options...)
	}
}

// Every visits all that a list method has, page by page; items takes them out of a page.
//
// A page may be shorter than asked for, or empty. Only an empty token says that there is nothing
// more.
func Every[Page interface{ GetNextPageToken() string }, Item any](
	list func(pageToken string) (Page, error),
	items func(Page) []Item,
	visit func(Item) error,
) error {
	for pageToken := ""; ; {
		page, err := list(pageToken)
		if err != nil {
			return err
		}
		for _, item := range items(page) {
			if err := visit(item); err != nil {
				return err
			}
		}
		pageToken = page.GetNextPageToken()
		if pageToken == "" {
			return nil
		}
	}
}

// Repeating sends a write until it is answered. Its request id makes that safe: a write whose answer
// is lost may have happened, and with the same id Devisa answers what it answered the first time.
func Repeating[Request interface{ GetRequestId() string }, Answer any](
	ctx context.Context,
	write func(context.Context, Request, ...grpc.CallOption) (Answer, error),
	request Request,
	attempts int,
) (answer Answer, err error) {
	if request.GetRequestId() == "" {
		return answer, errors.New("a write without a request id must not be repeated")
	}
	for attempt := 1; ; attempt++ {
		answer, err = write(ctx, request)
		if err == nil || attempt == attempts {
			return answer, err
		}
		refusal := RefusalOf(err)
		lost := refusal.Code == codes.Unavailable || refusal.Code == codes.DeadlineExceeded
		if !lost && refusal.RetryAfter == 0 {
			return answer, err
		}
		if err := pause(ctx, refusal.RetryAfter, 100*time.Millisecond<<attempt); err != nil {
			return answer, err
		}
	}
}

// ReadAndChange reads a resource and lets change write it with the etag it has.
//
// When somebody changed it in between, Devisa refuses with ETAG_MISMATCH. The new state may call for
// another change, so both steps are done again; the old change is not forced onto it.
func ReadAndChange[Resource any](
	read func() (Resource, error),
	change func(current Resource) (Resource, error),
	attempts int,
) (Resource, error) {
	for attempt := 1; ; attempt++ {
		current, err := read()
		if err != nil {
			return current, err
		}
		changed, err := change(current)
		if err == nil || attempt == attempts || RefusalOf(err).Reason != "ETAG_MISMATCH" {
			return changed, err
		}
	}
}

// Stream is what the Watch method of each of the three services answers.
type Stream interface {
	Recv() (*eventv1.WatchResponse, error)
}

// Follow handles the events of a service after a revision, and then those that come, until ctx is
// done or handle fails.
//
// When the stream ends, because the server goes down, the network breaks or its time is up, it is
// opened again after the last revision seen: nothing is skipped and nothing comes twice. Store the
// revision of the last event that you have dealt with, and start from it after your own restart.
func Follow[S Stream](
	ctx context.Context,
	watch func(context.Context, *eventv1.WatchRequest, ...grpc.CallOption) (S, error),
	afterRevision string,
	patience time.Duration,
	handle func(*eventv1.Event) error,
) error {
	for {
		streaming, cancel := context.WithTimeout(ctx, patience)
		stream, err := watch(streaming, &eventv1.WatchRequest{AfterRevision: afterRevision})
		for err == nil {
			var message *eventv1.WatchResponse
			if message, err = stream.Recv(); err != nil {
				break
			}
			if event := message.GetEvent(); event != nil {
				if failed := handle(event); failed != nil {
					cancel()
					return failed
				}
				afterRevision = event.GetRevision()
			} else if checkpoint := message.GetCheckpoint(); checkpoint.GetRevision() != "" {
				afterRevision = checkpoint.GetRevision()
			}
		}
		cancel()
		refusal := RefusalOf(err)
		if ctx.Err() != nil || !resumable(refusal.Code) {
			return err
		}
		if err := pause(ctx, refusal.RetryAfter, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// resumable tells whether a stream that ended so may be opened again: the server or the network is
// gone, its time is up, or this reader was too slow.
func resumable(code codes.Code) bool {
	return code == codes.Unavailable || code == codes.DeadlineExceeded ||
		code == codes.ResourceExhausted
}

// pause waits as long as the server asked, else as long as given.
func pause(ctx context.Context, asked, otherwise time.Duration) error {
	if asked == 0 {
		asked = otherwise
	}
	select {
	case <-time.After(asked):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
