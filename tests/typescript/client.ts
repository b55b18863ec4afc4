/**
 * A small TypeScript client of Devisa, to read, to copy and to build on.
 *
 * It is `@grpc/grpc-js` and stubs that `ts-proto` generates from `proto/`, nothing else. What a
 * client of Devisa should do, and where it is done here:
 *
 * - name who calls and give every call a deadline: `Devisa`;
 * - keep money exact, never as a floating-point number: `money`;
 * - read why a call was refused from its details, not from its message: `Refusal`;
 * - read lists to the empty page token: `every`;
 * - give every write a `requestId`, so that repeating it is safe: `newRequestId`, `repeating`;
 * - send back the `etag` it read, and start again when somebody else was faster: `readAndChange`;
 * - remember the revision of the last event it handled, and resume after it: `follow`.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import {
  type CallOptions,
  type ChannelOptions,
  type Client,
  type ClientReadableStream,
  type ClientUnaryCall,
  Metadata,
  type ServiceError,
  credentials,
  status,
} from "@grpc/grpc-js";

import type { Event, WatchRequest, WatchResponse } from "./stubs/devisa/event/v1/event.js";
import { OrganisationServiceClient } from "./stubs/devisa/registry/v1/organisation.js";
import { EventServiceClient } from "./stubs/devisa/shipment/v1/event_service.js";
import { ReleaseServiceClient } from "./stubs/devisa/shipment/v1/release.js";
import { ShipmentServiceClient } from "./stubs/devisa/shipment/v1/shipment.js";
import {
  BadRequest,
  ErrorInfo,
  ResourceInfo,
  RetryInfo,
} from "./stubs/google/rpc/error_details.js";
import { Status } from "./stubs/google/rpc/status.js";
import type { DateMessage } from "./stubs/google/type/date.js";
import type { Money } from "./stubs/google/type/money.js";
import type { Timestamp } from "./stubs/google/protobuf/timestamp.js";

/** How many milliseconds a call may take. Without a deadline a lost answer is waited for forever. */
export const DEADLINE = 20_000;

/** Devisa's services at one address, called as one principal. */
export class Devisa {
  readonly organisations: Promised<OrganisationServiceClient>;
  readonly releases: Promised<ReleaseServiceClient>;
  readonly shipments: Promised<ShipmentServiceClient>;
  readonly shipmentEvents: Promised<EventServiceClient>;
  readonly watchShipments: Watching;

  readonly #clients: Client[];

  /** `options` are those of grpc-js, such as `grpc.service_config`. */
  constructor(
    address: string,
    principal: string,
    deadline: number = DEADLINE,
    options: ChannelOptions = {},
  ) {
    const secret = credentials.createInsecure();
    const organisations = new OrganisationServiceClient(address, secret, options);
    const releases = new ReleaseServiceClient(address, secret, options);
    const shipments = new ShipmentServiceClient(address, secret, options);
    const events = new EventServiceClient(address, secret, options);
    this.#clients = [organisations, releases, shipments, events];

    const caller = new Metadata();
    caller.set("devisa-principal", principal);
    this.organisations = promised(organisations, caller, deadline);
    this.releases = promised(releases, caller, deadline);
    this.shipments = promised(shipments, caller, deadline);
    this.shipmentEvents = promised(events, caller, deadline);
    this.watchShipments = (request, patience) =>
      events.watch(request, caller, { deadline: Date.now() + patience });
  }

  /** Gives the connections back. */
  close(): void {
    for (const client of this.#clients) client.close();
  }
}

/** Starts to watch a service's events, for at most so many milliseconds. */
export type Watching = (
  request: WatchRequest,
  patience: number,
) => ClientReadableStream<WatchResponse>;

/** A generated method: it calls back. */
type Method<Request, Answer> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, answer: Answer) => void,
) => ClientUnaryCall;

/** A generated client whose methods answer with promises. */
export type Promised<C> = {
  [Name in keyof C as C[Name] extends Method<infer _Q, infer _A>
    ? Name
    : never]: C[Name] extends Method<infer Request, infer Answer>
    ? (request: Request) => Promise<Answer>
    : never;
};

/** Makes a generated client's methods name the caller, keep a deadline and throw a `Refusal`. */
export function promised<C extends Client>(
  client: C,
  caller: Metadata,
  deadline: number,
): Promised<C> {
  return new Proxy(client, {
    get(target, name) {
      const method = Reflect.get(target, name) as Method<unknown, unknown>;
      return (request: unknown) =>
        new Promise((resolve, reject) => {
          const options = { deadline: Date.now() + deadline };
          method.call(target, request, caller, options, (error, answer) =>
            error ? reject(Refusal.of(error)) : resolve(answer),
          );
        });
    },
  }) as unknown as Promised<C>;
}

// Values ------------------------------------------------------------------------------------------

/** An exact amount: `money("USD", "6686.40")`. Units and billionths both have the amount's sign. */
export function money(currencyCode: string, value: string): Money {
  const [, sign, whole, fraction = ""] = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(value) ?? [];
  if (whole === undefined) throw new RangeError(`${value} is no amount of at most nine decimals`);
  return {
    currencyCode,
    units: BigInt(`${sign}${whole}`),
    nanos: Number(`${sign}${fraction.padEnd(9, "0")}`),
  };
}

/** The same the other way round, with all digits it has: `USD 6686.4`. */
export function amount({ currencyCode, units, nanos }: Money): string {
  const sign = units < 0n || nanos < 0 ? "-" : "";
  const whole = units < 0n ? -units : units;
  const fraction = String(Math.abs(nanos)).padStart(9, "0").replace(/0+$/, "");
  return `${currencyCode} ${sign}${whole}${fraction && `.${fraction}`}`;
}

/** A business date, which in Devisa is a date in Jakarta: `date("2025-11-26")`. */
export function date(text: string): DateMessage {
  const [year = 0, month = 0, day = 0] = text.split("-").map(Number);
  return { year, month, day };
}

/** An instant with its offset: `instant("2025-11-26T09:30:00+07:00")`. */
export function instant(text: string): Timestamp {
  const millis = Date.parse(text);
  if (Number.isNaN(millis)) throw new RangeError(`${text} is no instant`);
  const within = ((millis % 1000) + 1000) % 1000;
  return { seconds: BigInt((millis - within) / 1000), nanos: within * 1_000_000 };
}

// Refusals ----------------------------------------------------------------------------------------

/** A field of the request and the rule that it broke. */
export interface Violation {
  /** Its path: `shipment.lines[2].value`. */
  field: string;
  /** The rule, for programs: `CONTAINER_NUMBER_CHECK_DIGIT`. */
  reason: string;
  /** The rule, for people: `container_number.check_digit: expected 3, found 4`. */
  description: string;
}

/** Why a call failed. Decide by `reason`; the message is for people and may change. */
export class Refusal extends Error {
  override readonly name = "Refusal";

  private constructor(
    message: string,
    /** The canonical code. */
    readonly code: status,
    /** A value of `devisa.error.v1.ErrorReason` without its prefix; empty when it is not Devisa
     * that answered, but the network or something in between. */
    readonly reason: string,
    /** The parts of the message by name, such as `resource` or `expected`. */
    readonly metadata: Record<string, string>,
    /** Every rule that the request broke, all at once. */
    readonly violations: Violation[],
    /** The resource that is absent or in the way; empty where there is none. */
    readonly resource: string,
    /** How many milliseconds to wait before the same call may succeed, if waiting helps. */
    readonly retryAfter: number | undefined,
  ) {
    super(message);
  }

  /** Reads the details of a failed call, which travel in `grpc-status-details-bin`. */
  static of(error: ServiceError): Refusal {
    const [packed] = error.metadata?.get("grpc-status-details-bin") ?? [];
    const details = packed ? Status.decode(packed as Buffer).details : [];
    const find = <Detail>(name: string, type: { decode(bytes: Uint8Array): Detail }) => {
      const found = details.find(({ typeUrl }) => typeUrl.endsWith(`/google.rpc.${name}`));
      return found && type.decode(found.value);
    };
    const info = find("ErrorInfo", ErrorInfo);
    const delay = find("RetryInfo", RetryInfo)?.retryDelay;
    return new Refusal(
      error.details,
      error.code,
      info?.domain === "devisa" ? info.reason : "",
      info?.metadata ?? {},
      find("BadRequest", BadRequest)?.fieldViolations ?? [],
      find("ResourceInfo", ResourceInfo)?.resourceName ?? "",
      delay && Number(delay.seconds) * 1000 + delay.nanos / 1_000_000,
    );
  }
}

// Reading -----------------------------------------------------------------------------------------

/**
 * Everything that a list method has, page by page; `items` takes them out of a page.
 *
 * A page may be shorter than asked for, or empty. Only an empty token says that there is nothing
 * more.
 */
export async function* every<
  Request extends { pageToken: string },
  Page extends { nextPageToken: string },
  Item,
>(
  list: (request: Request) => Promise<Page>,
  request: Request,
  items: (page: Page) => Item[],
): AsyncGenerator<Item> {
  let pageToken = request.pageToken;
  do {
    const page = await list({ ...request, pageToken });
    yield* items(page);
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
}

/**
 * The events of a service after a revision, and then those that come, until you stop reading.
 *
 * When the stream ends, because the server goes down, the network breaks or its time is up, it is
 * opened again after the last revision seen: nothing is skipped and nothing comes twice. Store the
 * revision of the last event that you have dealt with, and start from it after your own restart.
 */
export async function* follow(
  watch: Watching,
  request: WatchRequest,
  patience = 600_000,
): AsyncGenerator<Event> {
  let afterRevision = request.afterRevision;
  for (;;) {
    const stream = watch({ ...request, afterRevision }, patience);
    try {
      for await (const { event, checkpoint } of stream as AsyncIterable<WatchResponse>) {
        if (event) yield event;
        afterRevision = event?.revision ?? checkpoint?.revision ?? afterRevision;
      }
    } catch (error) {
      const refusal = Refusal.of(error as ServiceError);
      if (!RESUMABLE.has(refusal.code)) throw refusal;
      await sleep(refusal.retryAfter ?? 100);
    } finally {
      stream.cancel();
    }
  }
}

/** What ends a stream that may be resumed: a server or network gone, time up, a slow reader. */
const RESUMABLE = new Set([
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.RESOURCE_EXHAUSTED,
]);

// Writing -----------------------------------------------------------------------------------------

/** A request id for a new write. Keep it until the write is answered. */
export const newRequestId = (): string => randomUUID();

/**
 * Sends a write until it is answered. Its `requestId` makes that safe: a write whose answer is lost
 * may have happened, and with the same id Devisa answers what it answered the first time.
 */
export async function repeating<Request extends { requestId: string }, Answer>(
  write: (request: Request) => Promise<Answer>,
  request: Request,
  attempts = 4,
): Promise<Answer> {
  if (!request.requestId) throw new TypeError("a write without a requestId must not be repeated");
  for (let attempt = 1; ; attempt++) {
    try {
      return await write(request);
    } catch (error) {
      if (!(error instanceof Refusal) || attempt === attempts) throw error;
      const lost = [status.UNAVAILABLE, status.DEADLINE_EXCEEDED].includes(error.code);
      if (!lost && error.retryAfter === undefined) throw error;
      await sleep(error.retryAfter ?? 100 * 2 ** attempt);
    }
  }
}

/**
 * Reads a resource and lets `change` write it with the `etag` it has.
 *
 * When somebody changed it in between, Devisa refuses with `ETAG_MISMATCH`. The new state may call
 * for another change, so both steps are done again; the old change is not forced onto it.
 */
export async function readAndChange<Resource>(
  read: () => Promise<Resource>,
  change: (current: Resource) => Promise<Resource>,
  attempts = 4,
): Promise<Resource> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await change(await read());
    } catch (error) {
      const raced = error instanceof Refusal && error.reason === "ETAG_MISMATCH";
      if (!raced || attempt === attempts) throw error;
    }
  }
}
