import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";

const PROGRAM = `
require("node:http")
  .createServer((request, response) => request.resume().on("end", () => response.writeHead(204).end()))
  .listen(0, "127.0.0.1", function () { console.log(this.address().port); });
`;

/** An HTTP server in a process of its own that reads and forgets, so that only sending is measured. */
export class LineSink implements AsyncDisposable {
  readonly url: string;
  readonly #process: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#process = child;
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(): Promise<LineSink> {
    const child = spawn(process.execPath, ["-e", PROGRAM], { stdio: ["ignore", "pipe", "inherit"] });
    const [port] = (await once(child.stdout, "data")) as [Buffer];
    return new LineSink(child, Number(port));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const ended = once(this.#process, "exit");
    this.#process.kill();
    await ended;
  }
}
