/** The binary under test: started on a port of its own choice, and stopped as an operator does. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

/** A running `devisa up` with its data in a folder. */
export class Server {
  private constructor(
    readonly address: string,
    private readonly process: ChildProcess,
    private readonly output: string[],
  ) {}

  /** Starts it, and waits until it says where it listens. `listen` may name the port to take. */
  static async start(folder: string, listen = "127.0.0.1:0"): Promise<Server> {
    // Settings of the developer's own shell are none of this server's.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !name.startsWith("DEVISA_")),
    );
    const binary = process.env.DEVISA_BINARY;
    if (!binary) throw new Error("DEVISA_BINARY names no binary");
    const child = spawn(binary, ["up", `--data-dir=${folder}`, `--listen=${listen}`], {
      env,
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: string[] = [];
    child.stderr.on("data", (text) => output.push(String(text)));
    for await (const line of createInterface(child.stdout)) {
      output.push(line);
      const [, address] = /http:\/\/(127\.0\.0\.1:\d+)/.exec(line) ?? [];
      if (address) {
        child.stdout.resume();
        return new Server(address, child, output);
      }
    }
    throw new Error(`gone before it listened; it wrote:\n${output.join("\n")}`);
  }

  /** Asks it to stop, and waits; it must go in good order. */
  async stop(): Promise<void> {
    this.process.kill("SIGTERM");
    const [code] = this.process.exitCode === null ? await once(this.process, "exit") : [];
    if ((code ?? this.process.exitCode) !== 0) {
      throw new Error(`exit code ${code}; it wrote:\n${this.output.join("\n")}`);
    }
  }
  /** Ends it as a power failure would. */
  async crash(): Promise<void> {
    this.process.kill("SIGKILL");
    await once(this.process, "exit");
  }
}
