/** What a server may do, and a client must bear, that the real one does only on a bad day. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, beforeEach, test } from "node:test";

import {
  Server,
  ServerCredentials,
  type UntypedServiceImplementation,
  status,
} from "@grpc/grpc-js";

import {
  DEADLINE,
  Devisa,
  Refusal,
  amount,
  every,
  instant,
  money,
  newRequestId,
  repeating,
} from "./client.js";
import {
  CreateShipmentRequest,
  ListShipmentsRequest,
  ListShipmentsResponse,
  Shipment,
  type ShipmentServiceServer,
  ShipmentServiceService,
} from "./stubs/devisa/shipment/v1/shipment.js";

/** Its pages: some have nothing that the filter lets through, and yet others follow. */
const PAGES: Record<string, [names: string[], next: string]> = {
  "": [["shipments/a"], "1"],
  "1": [[], "2"],
  "2": [[], "3"],
  "3": [["shipments/b", "shipments/c"], "4"],
  "4": [[], ""],
};

const scripted = new Server();
let address: string;
let devisa: Devisa;
/** How many calls it still leaves unanswered. */
let failures = 0;
/** Who sent the calls. */
let principals: unknown[] = [];

function connectAsConfigured(address: string): Devisa {
  const config = readFileSync("../../proto/service_config.json", "utf8");
  return new Devisa(address, "reader", DEADLINE, { "grpc.service_config": config });
}

before(async () => {
  const shipments: Partial<ShipmentServiceServer> = {
    listShipments(call, answer) {
      const [names, nextPageToken] = PAGES[call.request.pageToken]!;
      const listed = names.map((name) => Shipment.fromPartial({ name }));
      answer(null, ListShipmentsResponse.create({ shipments: listed, nextPageToken }));
    },
    getShipment(call, answer) {
      principals.push(...call.metadata.get("devisa-principal"));
      if (failures-- > 0) return answer({ code: status.UNAVAILABLE, details: "going down" });
      answer(null, Shipment.fromPartial({ name: call.request.name }));
    },
    createShipment(call, answer) {
      principals.push(...call.metadata.get("devisa-principal"));
      if (failures-- > 0) return answer({ code: status.UNAVAILABLE, details: "going down" });
      answer(null, Shipment.fromPartial({ name: `shipments/${call.request.shipmentId}` }));
    },
  };
  scripted.addService(ShipmentServiceService, shipments as UntypedServiceImplementation);
  const port = await new Promise<number>((resolve, reject) => {
    const credentials = ServerCredentials.createInsecure();
    scripted.bindAsync("127.0.0.1:0", credentials, (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
  address = `127.0.0.1:${port}`;
  devisa = new Devisa(address, "reader");
});

beforeEach(() => {
  principals = [];
});

after(() => {
  devisa.close();
  scripted.forceShutdown();
});

test("an empty page is not the last one", async () => {
  const names: string[] = [];
  const request = ListShipmentsRequest.create();
  for await (const { name } of every(devisa.shipments.listShipments, request, (p) => p.shipments)) {
    names.push(name);
  }
  assert.deepEqual(names, ["shipments/a", "shipments/b", "shipments/c"]);
});

test("a read is repeated as the service config says", async () => {
  failures = 1;
  const configured = connectAsConfigured(address);
  const shipment = await configured.shipments.getShipment({ name: "shipments/a" });
  configured.close();
  assert.equal(shipment.name, "shipments/a");
  assert.deepEqual(principals, ["reader", "reader"]);
});

test("a write is repeated until it is answered", async () => {
  const { createShipment } = devisa.shipments;
  const request = CreateShipmentRequest.fromPartial({
    shipmentId: "a",
    requestId: newRequestId(),
  });
  failures = 2;
  const shipment = await repeating(createShipment, request);
  assert.equal(shipment.name, "shipments/a");
  assert.deepEqual(principals, ["reader", "reader", "reader"]);

  failures = 2;
  const gaveUp = (error: unknown) =>
    error instanceof Refusal && error.code === status.UNAVAILABLE && error.reason === "";
  await assert.rejects(repeating(createShipment, request, 2), gaveUp);
  await assert.rejects(repeating(createShipment, CreateShipmentRequest.create()), TypeError);
});

test("money keeps every digit", () => {
  assert.deepEqual(money("USD", "6686.40"), {
    currencyCode: "USD",
    units: 6686n,
    nanos: 400_000_000,
  });
  assert.deepEqual(money("IDR", "-0.5"), { currencyCode: "IDR", units: 0n, nanos: -500_000_000 });
  for (const text of ["0", "-0.5", "-12.000000001", "9007199254740993", "3900000000000"]) {
    assert.equal(amount(money("IDR", text)), `IDR ${text}`);
  }
  for (const wrong of ["", "1,5", "1e3", "0.1234567891"]) {
    assert.throws(() => money("IDR", wrong), RangeError);
  }
});

test("an instant keeps its offset and its fraction", () => {
  assert.deepEqual(instant("2025-11-26T09:30:00.250+07:00"), {
    seconds: 1764124200n,
    nanos: 250_000_000,
  });
  assert.throws(() => instant("yesterday"), RangeError);
});
