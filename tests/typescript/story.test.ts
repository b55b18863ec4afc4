/**
 * One whole story over the wire: three shipments of the release of 26 November 2025 at Surabaya.
 *
 * The chapters build on each other and run in the order in which they stand. The exporter's name
 * and the weights are synthetic: no newspaper told them.
 */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";

import { status } from "@grpc/grpc-js";

import {
  Devisa,
  Refusal,
  amount,
  date,
  every,
  follow,
  instant,
  money,
  newRequestId,
  readAndChange,
  repeating,
} from "./client.js";
import { Server } from "./server.js";
import { Tier } from "./stubs/devisa/common/v1/tier.js";
import { type Event, ListEventsRequest, WatchRequest } from "./stubs/devisa/event/v1/event.js";
import {
  CreateOrganisationRequest,
  Organisation_Role,
} from "./stubs/devisa/registry/v1/organisation.js";
import {
  CreateReleaseRequest,
  DispatchReleaseRequest,
  Release_State,
} from "./stubs/devisa/shipment/v1/release.js";
import {
  ConfirmShipmentRequest,
  CreateShipmentRequest,
  GetShipmentRequest,
  ListShipmentsRequest,
  Shipment,
  Shipment_State,
  UpdateShipmentRequest,
} from "./stubs/devisa/shipment/v1/shipment.js";

const RELEASE = "releases/jatim-2025-11";
const EXPORTER = "organisations/eksportir-satu";

const folder = mkdtempSync(join(tmpdir(), "devisa-"));
let server: Server;
let exporter: Devisa;
let port: Devisa;

before(async () => {
  server = await Server.start(folder);
  exporter = new Devisa(server.address, "exporter-desk");
  port = new Devisa(server.address, "tps-gate");
});

after(async () => {
  exporter?.close();
  port?.close();
  await server?.stop();
  rmSync(folder, { recursive: true });
});

/** The refusal of a call that must be refused. */
async function refused(call: Promise<unknown>): Promise<Refusal> {
  const error = await call.then(
    () => assert.fail("it was not refused"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof Refusal, String(error));
  return error;
}

test("an exporter is registered", async () => {
  const organisation = await exporter.organisations.createOrganisation(
    CreateOrganisationRequest.fromPartial({
      organisationId: "eksportir-satu",
      organisation: {
        displayName: "Eksportir Satu",
        regionCode: "ID",
        roles: [Organisation_Role.EXPORTER],
        provenance: { syntheticFields: ["display_name"] },
      },
      requestId: newRequestId(),
    }),
  );
  assert.equal(organisation.name, EXPORTER);
  assert.notEqual(organisation.etag, "");
});

/** What is shipped: description, HS code, USD, kilograms, destination. */
const GOODS = {
  "jahe-gajah": ["Jahe gajah", "0910.11.00", "53200.00", "26600", "BD"],
  "mi-kering": ["Mi kering", "19021940", "6686.40", "3200.5", "NL"],
  kerupuk: ["Kerupuk", "19059080", "200000.00", "80000", "IN"],
} as const;

function draft(id: keyof typeof GOODS): CreateShipmentRequest {
  const [description, hsCode, value, netKg, destinationRegionCode] = GOODS[id];
  return CreateShipmentRequest.fromPartial({
    shipmentId: id,
    shipment: {
      release: RELEASE,
      exporter: EXPORTER,
      destinationRegionCode,
      lines: [{ description, hsCode, value: money("USD", value), netKg: { value: netKg } }],
      units: [{ containerNumber: id === "kerupuk" ? "MSKU0000011" : "" }],
      provenance: { syntheticFields: ["exporter", "lines.net_kg", "units"] },
    },
    requestId: newRequestId(),
  });
}

test("a release is planned and its shipments are drafted", async () => {
  const release = await exporter.releases.createRelease(
    CreateReleaseRequest.fromPartial({
      releaseId: "jatim-2025-11",
      release: {
        displayName: "Festival Ekspor Jawa Timur 2025",
        eventDate: date("2025-11-26"),
        place: "Terminal Petikemas Surabaya",
      },
      requestId: newRequestId(),
    }),
  );
  assert.equal(release.state, Release_State.PLANNED);

  for (const id of ["jahe-gajah", "mi-kering", "kerupuk"] as const) {
    const shipment = await exporter.shipments.createShipment(draft(id));
    assert.equal(shipment.name, `shipments/${id}`);
    assert.equal(shipment.state, Shipment_State.DRAFT);
    assert.deepEqual(shipment.values.map(amount), [`USD ${Number(GOODS[id][2])}`]);
  }
});

test("a refusal names every field and the rule it broke", async () => {
  const request = draft("kerupuk");
  request.shipmentId = "wrong";
  request.shipment!.units[0]!.containerNumber = "CSQU3054384";
  request.shipment!.destinationRegionCode = "";
  const refusal = await refused(exporter.shipments.createShipment(request));
  assert.equal(refusal.code, status.INVALID_ARGUMENT);
  assert.equal(refusal.retryAfter, undefined, "the same request will never succeed");
  assert.deepEqual(
    refusal.violations.map(({ field, reason }) => [field, reason]).sort(),
    [
      ["shipment.destination_region_code", "FIELD_MISSING"],
      ["shipment.units[0].container_number", "CONTAINER_NUMBER_CHECK_DIGIT"],
    ],
  );
  const container = refusal.violations.find(({ field }) => field.endsWith("container_number"));
  assert.equal(container?.description, "container_number.check_digit: expected 3, found 4");

  const absent = { name: "shipments/wrong" };
  const notFound = await refused(exporter.shipments.getShipment(absent));
  assert.equal(notFound.code, status.NOT_FOUND);
  assert.equal(notFound.reason, "RESOURCE_NOT_FOUND");
  assert.equal(notFound.resource, "shipments/wrong");
});

/** A request to change one field of a shipment as it was read. */
function only(field: string, shipment: Shipment): UpdateShipmentRequest {
  return { shipment, updateMask: [field], requestId: newRequestId(), reason: "" };
}

test("two people change one shipment, and the slower one starts again", async () => {
  const name = "shipments/mi-kering";
  const read = () => exporter.shipments.getShipment(GetShipmentRequest.create({ name }));
  const seen = await read();

  const sealed = structuredClone(seen);
  sealed.units[0]!.seal = "TPS-77";
  const faster = await port.shipments.updateShipment(only("units", sealed));
  assert.notEqual(faster.etag, seen.etag);

  const plated = structuredClone(seen);
  plated.units[0]!.truckPlate = "W 8001 UA";
  const refusal = await refused(exporter.shipments.updateShipment(only("units", plated)));
  assert.equal(refusal.code, status.ABORTED);
  assert.equal(refusal.reason, "ETAG_MISMATCH");
  assert.equal(refusal.metadata["expected"], seen.etag);
  assert.equal(refusal.metadata["found"], faster.etag);

  let attempts = 0;
  const agreed = await readAndChange(
    async () => (attempts++ === 0 ? structuredClone(seen) : read()),
    (current) => {
      current.units[0]!.truckPlate = "W 8001 UA";
      return exporter.shipments.updateShipment(only("units", current));
    },
  );
  assert.equal(attempts, 2, "the first try stood on what somebody had changed");
  assert.equal(agreed.units[0]!.truckPlate, "W 8001 UA");
  assert.equal(agreed.units[0]!.seal, "TPS-77", "nothing of the faster change is lost");
});

test("the shipments are confirmed and the release is dispatched", async () => {
  for (const id of Object.keys(GOODS)) {
    const request = ConfirmShipmentRequest.fromPartial({
      name: `shipments/${id}`,
      requestId: newRequestId(),
    });
    const confirmed = await exporter.shipments.confirmShipment(request);
    assert.equal(confirmed.state, Shipment_State.READY);
  }
  const departure = instant("2025-11-26T09:30:00+07:00");
  const released = await exporter.releases.dispatchRelease(
    DispatchReleaseRequest.fromPartial({
      name: RELEASE,
      dispatchTime: departure,
      requestId: newRequestId(),
    }),
  );
  assert.equal(released.state, Release_State.RELEASED);
  assert.deepEqual(released.dispatchTime, departure);
  assert.deepEqual(released.totals?.destinations, ["BD", "IN", "NL"]);
  assert.deepEqual(released.totals?.values.map(amount), ["USD 259886.4"]);
});

test("a list is read to its empty page token", async () => {
  const request = ListShipmentsRequest.fromPartial({
    filter: `release = "${RELEASE}" AND tier = RELEASED`,
    pageSize: 2,
  });
  const firstPage = await port.shipments.listShipments(request);
  assert.equal(firstPage.shipments.length, 2);
  assert.notEqual(firstPage.nextPageToken, "");

  const names: string[] = [];
  for await (const shipment of every(port.shipments.listShipments, request, (p) => p.shipments)) {
    assert.equal(shipment.tier, Tier.RELEASED);
    names.push(shipment.name);
  }
  const newestFirst = ["shipments/kerupuk", "shipments/mi-kering", "shipments/jahe-gajah"];
  assert.deepEqual(names, newestFirst);

  const otherFilter = { ...request, filter: "", pageToken: firstPage.nextPageToken };
  const refusal = await refused(port.shipments.listShipments(otherFilter));
  assert.equal(refusal.reason, "PAGE_TOKEN_INVALID", "a token belongs to its arguments");
});

test("a repeated write gets the first answer, and is done once", async () => {
  const before = await log();
  const request = draft("kerupuk");
  request.shipmentId = "";
  request.shipment!.release = "";
  const first = await exporter.shipments.createShipment(request);
  const second = await repeating(exporter.shipments.createShipment, request);
  assert.deepEqual(second, first, "even its generated id is the same");
  assert.equal((await log()).length, before.length + 1);

  request.shipment!.destinationRegionCode = "MY";
  const refusal = await refused(exporter.shipments.createShipment(request));
  assert.equal(refusal.code, status.INVALID_ARGUMENT);
  assert.equal(refusal.reason, "REQUEST_ID_REUSED");
});

/** The whole log of the shipment service, read in small pages. */
async function log(): Promise<Event[]> {
  const request = ListEventsRequest.fromPartial({ pageSize: 4 });
  const events: Event[] = [];
  const pages = every(exporter.shipmentEvents.listEvents, request, (page) => page.events);
  for await (const event of pages) events.push(event);
  return events;
}

/** The first so many events that a watcher sees. */
async function take(count: number, events: AsyncGenerator<Event>): Promise<Event[]> {
  const taken: Event[] = [];
  for await (const event of events) {
    taken.push(event);
    if (taken.length === count) break;
  }
  return taken;
}

test("the log is watched, and resumed after a revision", async () => {
  const listed = await log();
  const watched = await take(listed.length, follow(port.watchShipments, resumeAfter("")));
  assert.deepEqual(watched, listed);

  const middle = listed[4]!;
  const rest = follow(port.watchShipments, resumeAfter(middle.revision));
  assert.deepEqual(await take(listed.length - 5, rest), listed.slice(5));

  const last = listed.at(-1)!;
  assert.equal(last.type, "devisa.shipment.v1.shipment.created");
  assert.equal(last.actor, "exporter-desk");
  assert.equal(last.data?.typeUrl, "type.googleapis.com/devisa.shipment.v1.Shipment");
  assert.equal(Shipment.decode(last.data.value).name, last.subject);
});

function resumeAfter(afterRevision: string): WatchRequest {
  return WatchRequest.fromPartial({ afterRevision });
}

/** Plans a release, however often the server goes away meanwhile. */
async function plan(releaseId: string): Promise<void> {
  const request = CreateReleaseRequest.fromPartial({
    releaseId,
    release: { displayName: releaseId, eventDate: date("2026-01-15") },
    requestId: newRequestId(),
  });
  await repeating(exporter.releases.createRelease, request, 6);
}

test("a watch outlives its deadline, the server's restart and its crash", async () => {
  const { revision } = (await log()).at(-1)!;
  const types = ["devisa.shipment.v1.release.created"];
  const request = WatchRequest.fromPartial({ afterRevision: revision, types });
  const watching = follow(port.watchShipments, request, 300);
  const subject = async () => (await watching.next()).value.subject;

  const first = subject();
  await new Promise((resolve) => setTimeout(resolve, 700)); // Two streams have had their time.
  await plan("before");
  assert.equal(await first, "releases/before");
  for (const end of ["stop", "crash"] as const) {
    const next = subject();
    await server[end]();
    server = await Server.start(folder, server.address);
    await plan(`after-${end}`);
    assert.equal(await next, `releases/after-${end}`);
  }
  await watching.return(undefined);
});

test("a call ends at its deadline", async () => {
  const hasty = new Devisa(server.address, "tps-gate", 0);
  const refusal = await refused(hasty.shipments.getShipment({ name: "shipments/kerupuk" }));
  hasty.close();
  assert.equal(refusal.code, status.DEADLINE_EXCEEDED);
  assert.equal(refusal.reason, "", "the client itself gave up");
});
