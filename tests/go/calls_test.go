package devisa

import (
	"context"
	"net"
	"os"
	"reflect"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"

	shipmentv1 "stubs/devisa/shipment/v1"
)

// scripted is a server that does what the real one does only on a bad day.
type scripted struct {
	shipmentv1.UnimplementedShipmentServiceServer
	// failures is how many calls it still leaves unanswered.
	failures int
	calls    []metadata.MD
}

// pages has some in which there is nothing that the filter lets through, and yet others follow.
var pages = map[string]*shipmentv1.ListShipmentsResponse{
	"":  page("1", "shipments/a"),
	"1": page("2"),
	"2": page("3"),
	"3": page("4", "shipments/b", "shipments/c"),
	"4": page(""),
}

func page(next string, names ...string) *shipmentv1.ListShipmentsResponse {
	answer := &shipmentv1.ListShipmentsResponse{NextPageToken: next}
	for _, name := range names {
		answer.Shipments = append(answer.Shipments, &shipmentv1.Shipment{Name: name})
	}
	return answer
}

func (s *scripted) ListShipments(
	_ context.Context, request *shipmentv1.ListShipmentsRequest,
) (*shipmentv1.ListShipmentsResponse, error) {
	return pages[request.GetPageToken()], nil
}

func (s *scripted) GetShipment(
	ctx context.Context, request *shipmentv1.GetShipmentRequest,
) (*shipmentv1.Shipment, error) {
	return &shipmentv1.Shipment{Name: request.GetName()}, s.fail(ctx)
}

func (s *scripted) CreateShipment(
	ctx context.Context, request *shipmentv1.CreateShipmentRequest,
) (*shipmentv1.Shipment, error) {
	return &shipmentv1.Shipment{Name: "shipments/" + request.GetShipmentId()}, s.fail(ctx)
}

func (s *scripted) fail(ctx context.Context) error {
	received, _ := metadata.FromIncomingContext(ctx)
	s.calls = append(s.calls, received)
	if s.failures == 0 {
		return nil
	}
	s.failures--
	return status.Error(codes.Unavailable, "going down")
}

// startScripted starts it; the client talks to it.
func startScripted(t *testing.T, script *scripted, options ...grpc.DialOption) *Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	running := grpc.NewServer()
	shipmentv1.RegisterShipmentServiceServer(running, script)
	go func() { _ = running.Serve(listener) }()
	t.Cleanup(running.Stop)
	return connect(t, listener.Addr().String(), "reader", options...)
}

func TestAnEmptyPageIsNotTheLastOne(t *testing.T) {
	client := startScripted(t, &scripted{})
	names := shipmentNames(t, client, &shipmentv1.ListShipmentsRequest{})
	expected := []string{"shipments/a", "shipments/b", "shipments/c"}
	if !reflect.DeepEqual(names, expected) {
		t.Errorf("expected %v, found %v", expected, names)
	}
}

func asConfigured(config []byte) grpc.DialOption {
	return grpc.WithDefaultServiceConfig(string(config))
}

func TestAReadIsRepeatedAsTheServiceConfigSays(t *testing.T) {
	config, err := os.ReadFile("../../proto/service_config.json")
	if err != nil {
		t.Fatal(err)
	}
	script := &scripted{failures: 1}
	client := startScripted(t, script, asConfigured(config))
	request := &shipmentv1.GetShipmentRequest{Name: "shipments/a"}
	shipment, err := client.Shipments.GetShipment(context.Background(), request)
	if err != nil || shipment.GetName() != "shipments/a" || len(script.calls) != 2 {
		t.Errorf("%v, %v after %d calls", shipment, err, len(script.calls))
	}
}

func TestAWriteIsRepeatedUntilItIsAnswered(t *testing.T) {
	ctx := context.Background()
	script := &scripted{failures: 2}
	client := startScripted(t, script)
	request := &shipmentv1.CreateShipmentRequest{ShipmentId: "a", RequestId: NewRequestID()}
	shipment, err := Repeating(ctx, client.Shipments.CreateShipment, request, 4)
	if err != nil || shipment.GetName() != "shipments/a" || len(script.calls) != 3 {
		t.Errorf("%v, %v after %d calls", shipment, err, len(script.calls))
	}
	if principal := script.calls[2].Get("devisa-principal"); !reflect.DeepEqual(principal, []string{"reader"}) {
		t.Errorf("principal %v", principal)
	}

	script.failures = 2
	_, err = Repeating(ctx, client.Shipments.CreateShipment, request, 2)
	if RefusalOf(err).Code != codes.Unavailable {
		t.Errorf("after two attempts: %v", err)
	}
	if _, err = Repeating(ctx, client.Shipments.CreateShipment, &shipmentv1.CreateShipmentRequest{}, 2); err == nil {
		t.Error("a write without a request id was repeated")
	}
}

func TestMoneyKeepsEveryDigit(t *testing.T) {
	for _, text := range []string{"0", "-0.5", "-12.000000001", "9007199254740993", "3900000000000"} {
		value, err := Money("IDR", text)
		if err != nil || Amount(value) != "IDR "+text {
			t.Errorf("%s: %v, %v", text, value, err)
		}
	}
	for _, wrong := range []string{"", "1,5", "1e3", "0.1234567891", "99999999999999999999"} {
		if value, err := Money("IDR", wrong); err == nil {
			t.Errorf("%q is no amount, but %v", wrong, value)
		}
	}
}

func TestAPauseEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := pause(ctx, time.Hour, 0); err != context.Canceled {
		t.Error(err)
	}
}
