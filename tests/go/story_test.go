package devisa

import (
	"context"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	commonv1 "stubs/devisa/common/v1"
	eventv1 "stubs/devisa/event/v1"
	registryv1 "stubs/devisa/registry/v1"
	shipmentv1 "stubs/devisa/shipment/v1"
)

const (
	release  = "releases/jatim-2025-11"
	exporter = "organisations/eksportir-satu"
)

// story is one whole story over the wire: three shipments of the release of 26 November 2025 at
// Surabaya. The exporter's name and the weights are synthetic: no newspaper told them.
type story struct {
	folder   string
	server   *server
	exporter *Client
	port     *Client
}

func TestStory(t *testing.T) {
	s := &story{folder: t.TempDir()}
	s.server = startServer(t, s.folder, "127.0.0.1:0")
	defer func() { s.server.stop(t) }()
	s.exporter = connect(t, s.server.address, "exporter-desk")
	s.port = connect(t, s.server.address, "tps-gate")

	// The chapters build on each other.
	for _, chapter := range []struct {
		title string
		tell  func(*testing.T)
	}{
		{"an exporter is registered", s.register},
		{"a release is planned and its shipments are drafted", s.draft},
		{"a refusal names every field and the rule it broke", s.refuse},
		{"two people change one shipment, and the slower one starts again", s.race},
		{"the shipments are confirmed and the release is dispatched", s.dispatch},
		{"a list is read to its empty page token", s.list},
		{"a repeated write gets the first answer, and is done once", s.repeat},
		{"the log is watched, and resumed after a revision", s.watch},
		{"a watch outlives its deadline, the server's restart and its crash", s.restart},
		{"a call ends at its deadline", s.hurry},
	} {
		if !t.Run(chapter.title, chapter.tell) {
			t.FailNow()
		}
	}
}

func connect(t *testing.T, address, principal string, options ...grpc.DialOption) *Client {
	t.Helper()
	client, err := Connect(address, principal, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func expect(t *testing.T, what string, expected, found interface{}) {
	t.Helper()
	if !reflect.DeepEqual(expected, found) {
		t.Errorf("%s: expected %v, found %v", what, expected, found)
	}
}

func (s *story) register(t *testing.T) {
	organisation, err := s.exporter.Organisations.CreateOrganisation(context.Background(),
		&registryv1.CreateOrganisationRequest{
			OrganisationId: "eksportir-satu",
			Organisation: &registryv1.Organisation{
				DisplayName: "Eksportir Satu",
				RegionCode:  "ID",
				Roles:       []registryv1.Organisation_Role{registryv1.Organisation_ROLE_EXPORTER},
				Provenance:  synthetic("display_name"),
			},
			RequestId: NewRequestID(),
		})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "name", exporter, organisation.GetName())
}

// synthetic says which fields nobody told.
func synthetic(fields ...string) *commonv1.Provenance {
	return &commonv1.Provenance{SyntheticFields: &fieldmaskpb.FieldMask{Paths: fields}}
}

// goods is what is shipped.
var goods = []struct{ id, description, hsCode, usd, kilograms, destination, container string }{
	{"jahe-gajah", "Jahe gajah", "0910.11.00", "53200", "26600", "BD", ""},
	{"mi-kering", "Mi kering", "19021940", "6686.4", "3200.5", "NL", ""},
	{"kerupuk", "Kerupuk", "19059080", "200000", "80000", "IN", "MSKU0000011"},
}

// drafted is the request to create one of the shipments, by its place in goods.
func drafted(place int) *shipmentv1.CreateShipmentRequest {
	each := goods[place]
	return &shipmentv1.CreateShipmentRequest{
		ShipmentId: each.id,
		Shipment: &shipmentv1.Shipment{
			Release:               release,
			Exporter:              exporter,
			DestinationRegionCode: each.destination,
			Lines: []*shipmentv1.ShipmentLine{{
				Description: each.description,
				HsCode:      each.hsCode,
				Value:       must(Money("USD", each.usd)),
				NetKg:       &decimal.Decimal{Value: each.kilograms},
			}},
			Units:      []*shipmentv1.TransportUnit{{ContainerNumber: each.container}},
			Provenance: synthetic("exporter", "lines.net_kg", "units"),
		},
		RequestId: NewRequestID(),
	}
}

func (s *story) draft(t *testing.T) {
	ctx := context.Background()
	planned, err := s.exporter.Releases.CreateRelease(ctx, &shipmentv1.CreateReleaseRequest{
		ReleaseId: "jatim-2025-11",
		Release: &shipmentv1.Release{
			DisplayName: "Festival Ekspor Jawa Timur 2025",
			EventDate:   Date(2025, time.November, 26),
			Place:       "Terminal Petikemas Surabaya",
		},
		RequestId: NewRequestID(),
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "state", shipmentv1.Release_STATE_PLANNED, planned.GetState())
	for place, each := range goods {
		shipment, err := s.exporter.Shipments.CreateShipment(ctx, drafted(place))
		if err != nil {
			t.Fatal(err)
		}
		expect(t, "name", "shipments/"+each.id, shipment.GetName())
		expect(t, "state", shipmentv1.Shipment_STATE_DRAFT, shipment.GetState())
		expect(t, "value", "USD "+each.usd, Amount(shipment.GetValues()[0]))
	}
}

func (s *story) refuse(t *testing.T) {
	ctx := context.Background()
	wrong := drafted(2)
	wrong.ShipmentId = "wrong"
	wrong.Shipment.DestinationRegionCode = ""
	wrong.Shipment.Units[0].ContainerNumber = "CSQU3054384"
	_, err := s.exporter.Shipments.CreateShipment(ctx, wrong)
	refusal := RefusalOf(err)
	expect(t, "code", codes.InvalidArgument, refusal.Code)
	expect(t, "retry", time.Duration(0), refusal.RetryAfter)
	broken := map[string]string{}
	for _, violation := range refusal.Violations {
		broken[violation.GetField()] = violation.GetReason() + " " + violation.GetDescription()
	}
	expect(t, "number of violations", 2, len(broken))
	expect(t, "container",
		"CONTAINER_NUMBER_CHECK_DIGIT container_number.check_digit: expected 3, found 4",
		broken["shipment.units[0].container_number"])
	if found := broken["shipment.destination_region_code"]; !strings.HasPrefix(found, "FIELD_MISSING ") {
		t.Errorf("destination: %q", found)
	}

	_, err = s.port.Shipments.GetShipment(ctx, &shipmentv1.GetShipmentRequest{Name: "shipments/wrong"})
	refusal = RefusalOf(err)
	expect(t, "code", codes.NotFound, refusal.Code)
	expect(t, "reason", "RESOURCE_NOT_FOUND", refusal.Reason)
	expect(t, "resource", "shipments/wrong", refusal.Resource)
}

// only is a request to change one field of a shipment as it was read.
func only(field string, shipment *shipmentv1.Shipment) *shipmentv1.UpdateShipmentRequest {
	return &shipmentv1.UpdateShipmentRequest{
		Shipment:   shipment,
		UpdateMask: &fieldmaskpb.FieldMask{Paths: []string{field}},
		RequestId:  NewRequestID(),
	}
}

func (s *story) race(t *testing.T) {
	ctx := context.Background()
	name := &shipmentv1.GetShipmentRequest{Name: "shipments/mi-kering"}
	seen := must(s.exporter.Shipments.GetShipment(ctx, name))

	sealed := proto.Clone(seen).(*shipmentv1.Shipment)
	sealed.Units[0].Seal = "TPS-77"
	faster := must(s.port.Shipments.UpdateShipment(ctx, only("units", sealed)))

	plated := proto.Clone(seen).(*shipmentv1.Shipment)
	plated.Units[0].TruckPlate = "W 8001 UA"
	_, err := s.exporter.Shipments.UpdateShipment(ctx, only("units", plated))
	refusal := RefusalOf(err)
	expect(t, "code", codes.Aborted, refusal.Code)
	expect(t, "reason", "ETAG_MISMATCH", refusal.Reason)
	expect(t, "expected", seen.GetEtag(), refusal.Metadata["expected"])
	expect(t, "found", faster.GetEtag(), refusal.Metadata["found"])

	attempts := 0
	agreed, err := ReadAndChange(
		func() (*shipmentv1.Shipment, error) {
			if attempts++; attempts == 1 {
				return proto.Clone(seen).(*shipmentv1.Shipment), nil
			}
			return s.exporter.Shipments.GetShipment(ctx, name)
		},
		func(current *shipmentv1.Shipment) (*shipmentv1.Shipment, error) {
			current.Units[0].TruckPlate = "W 8001 UA"
			return s.exporter.Shipments.UpdateShipment(ctx, only("units", current))
		}, 4)
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "attempts", 2, attempts)
	expect(t, "plate", "W 8001 UA", agreed.GetUnits()[0].GetTruckPlate())
	expect(t, "seal of the faster one", "TPS-77", agreed.GetUnits()[0].GetSeal())
}

func (s *story) dispatch(t *testing.T) {
	ctx := context.Background()
	for _, each := range goods {
		request := &shipmentv1.ConfirmShipmentRequest{
			Name:      "shipments/" + each.id,
			RequestId: NewRequestID(),
		}
		confirmed := must(s.exporter.Shipments.ConfirmShipment(ctx, request))
		expect(t, "state", shipmentv1.Shipment_STATE_READY, confirmed.GetState())
	}
	jakarta := time.FixedZone("WIB", 7*60*60)
	departure := timestamppb.New(time.Date(2025, time.November, 26, 9, 30, 0, 0, jakarta))
	released, err := s.exporter.Releases.DispatchRelease(ctx, &shipmentv1.DispatchReleaseRequest{
		Name:         release,
		DispatchTime: departure,
		RequestId:    NewRequestID(),
	})
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "state", shipmentv1.Release_STATE_RELEASED, released.GetState())
	expect(t, "departure", departure.AsTime(), released.GetDispatchTime().AsTime())
	expect(t, "destinations", []string{"BD", "IN", "NL"}, released.GetTotals().GetDestinations())
	expect(t, "value", "USD 259886.4", Amount(released.GetTotals().GetValues()[0]))
}

// shipmentNames reads a list to its end.
func shipmentNames(
	t *testing.T, client *Client, request *shipmentv1.ListShipmentsRequest,
) (names []string) {
	t.Helper()
	err := Every(
		func(pageToken string) (*shipmentv1.ListShipmentsResponse, error) {
			request.PageToken = pageToken
			return client.Shipments.ListShipments(context.Background(), request)
		},
		(*shipmentv1.ListShipmentsResponse).GetShipments,
		func(shipment *shipmentv1.Shipment) error {
			names = append(names, shipment.GetName())
			return nil
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func (s *story) list(t *testing.T) {
	ctx := context.Background()
	request := &shipmentv1.ListShipmentsRequest{
		Filter:   `release = "` + release + `" AND tier = RELEASED`,
		PageSize: 2,
	}
	first := must(s.port.Shipments.ListShipments(ctx, request))
	expect(t, "size of a page", 2, len(first.GetShipments()))

	newestFirst := []string{"shipments/kerupuk", "shipments/mi-kering", "shipments/jahe-gajah"}
	expect(t, "names", newestFirst, shipmentNames(t, s.port, request))

	_, err := s.port.Shipments.ListShipments(ctx, &shipmentv1.ListShipmentsRequest{
		PageSize:  2,
		PageToken: first.GetNextPageToken(),
	})
	expect(t, "a token of other arguments", "PAGE_TOKEN_INVALID", RefusalOf(err).Reason)
}

func (s *story) repeat(t *testing.T) {
	ctx := context.Background()
	before := s.log(t)
	request := drafted(2)
	request.ShipmentId, request.Shipment.Release = "", ""
	first := must(s.exporter.Shipments.CreateShipment(ctx, request))
	second, err := Repeating(ctx, s.exporter.Shipments.CreateShipment, request, 4)
	if err != nil || !proto.Equal(first, second) {
		t.Errorf("expected %v, found %v, %v", first, second, err)
	}
	expect(t, "events", len(before)+1, len(s.log(t)))

	request.Shipment.DestinationRegionCode = "MY"
	_, err = s.exporter.Shipments.CreateShipment(ctx, request)
	expect(t, "code", codes.InvalidArgument, RefusalOf(err).Code)
	expect(t, "reason", "REQUEST_ID_REUSED", RefusalOf(err).Reason)
}

// log is the whole log of the shipment service, read in small pages.
func (s *story) log(t *testing.T) (events []*eventv1.Event) {
	t.Helper()
	err := Every(
		func(pageToken string) (*eventv1.ListEventsResponse, error) {
			request := &eventv1.ListEventsRequest{PageSize: 4, PageToken: pageToken}
			return s.port.ShipmentEvents.ListEvents(context.Background(), request)
		},
		(*eventv1.ListEventsResponse).GetEvents,
		func(event *eventv1.Event) error {
			events = append(events, event)
			return nil
		},
	)
	if err != nil {
		t.Fatal(err)
	}
	return events
}

var errEnough = errors.New("enough")

// take is the first so many events that a watcher sees after a revision.
func (s *story) take(
	t *testing.T, count int, afterRevision string, patience time.Duration,
) (events []*eventv1.Event) {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := Follow(ctx, s.port.ShipmentEvents.Watch, afterRevision, patience,
		func(event *eventv1.Event) error {
			if events = append(events, event); len(events) == count {
				return errEnough
			}
			return nil
		})
	if err != errEnough {
		t.Errorf("after %d events: %v", len(events), err)
	}
	return events
}

func (s *story) watch(t *testing.T) {
	listed := s.log(t)
	equalEvents(t, listed, s.take(t, len(listed), "", time.Minute))
	equalEvents(t, listed[5:], s.take(t, len(listed)-5, listed[4].GetRevision(), time.Minute))

	last := listed[len(listed)-1]
	expect(t, "type", "devisa.shipment.v1.shipment.created", last.GetType())
	expect(t, "actor", "exporter-desk", last.GetActor())
	whole, err := last.GetData().UnmarshalNew()
	if err != nil {
		t.Fatal(err)
	}
	expect(t, "data", last.GetSubject(), whole.(*shipmentv1.Shipment).GetName())
}

func equalEvents(t *testing.T, expected, found []*eventv1.Event) {
	t.Helper()
	expect(t, "events", len(expected), len(found))
	for i := range expected {
		if !proto.Equal(expected[i], found[i]) {
			t.Errorf("event %d: expected %v, found %v", i, expected[i], found[i])
		}
	}
}

func (s *story) restart(t *testing.T) {
	listed := s.log(t)
	revision := listed[len(listed)-1].GetRevision()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	seen := make(chan string)
	go func() {
		defer close(seen)
		_ = Follow(ctx, s.port.ShipmentEvents.Watch, revision, 300*time.Millisecond,
			func(event *eventv1.Event) error {
				seen <- event.GetSubject()
				return nil
			})
	}()
	time.Sleep(700 * time.Millisecond) // Two streams have had their time.
	s.plan(t, "before")
	expect(t, "event before", "releases/before", <-seen)
	for _, end := range []struct {
		how  string
		call func(*server, *testing.T)
	}{{"stop", (*server).stop}, {"crash", (*server).crash}} {
		end.call(s.server, t)
		s.server = startServer(t, s.folder, s.server.address)
		s.plan(t, "after-"+end.how)
		expect(t, "event after the "+end.how, "releases/after-"+end.how, <-seen)
	}
}

func (s *story) plan(t *testing.T, id string) {
	t.Helper()
	_, err := Repeating(context.Background(), s.exporter.Releases.CreateRelease,
		&shipmentv1.CreateReleaseRequest{
			ReleaseId: id,
			Release: &shipmentv1.Release{
				DisplayName: id,
				EventDate:   Date(2026, time.January, 15),
			},
			RequestId: NewRequestID(),
		}, 6)
	if err != nil {
		t.Fatal(err)
	}
}

func (s *story) hurry(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
	defer cancel()
	_, err := s.port.Shipments.GetShipment(ctx, &shipmentv1.GetShipmentRequest{Name: "shipments/kerupuk"})
	expect(t, "code", codes.DeadlineExceeded, RefusalOf(err).Code)
	expect(t, "reason of the client's own giving up", "", RefusalOf(err).Reason)
}
