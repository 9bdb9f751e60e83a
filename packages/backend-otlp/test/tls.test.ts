import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TLSSocket } from "node:tls";
import { OtlpBackend } from "@giflab/backend-otlp";
import { counterPoint, TestInstance } from "@giflab/backend-testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

describe("OTLP over https", () => {
  const folder = mkdtempSync(join(tmpdir(), "giflab-otlp-tls-"));
  const pem = (name: string): string => join(folder, name);
  let server: Server;
  let endpoint: string;
  /** Who sent each request, by certificate. */
  const senders: (string | undefined)[] = [];

  beforeAll(async () => {
    for (const name of ["server", "client"]) {
      const subject = ["-subj", `/CN=${name}`, "-addext", "subjectAltName=IP:127.0.0.1"];
      const files = ["-keyout", pem(`${name}.key`), "-out", pem(`${name}.crt`)];
      const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
      execFileSync("openssl", ["req", "-x509", ...key, ...subject, ...files], { stdio: "pipe" });
    }
    server = createServer(
      {
        key: readFileSync(pem("server.key")),
        cert: readFileSync(pem("server.crt")),
        ca: readFileSync(pem("client.crt")),
        requestCert: true,
        rejectUnauthorized: false,
      },
      (request, response) => {
        const { CN } = (request.socket as TLSSocket).getPeerCertificate().subject ?? {};
        senders.push(typeof CN === "string" ? CN : undefined);
        request.resume().on("end", () => response.end());
      },
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  });

  const snapshot = () => new TestInstance().flush([counterPoint("calls", 1)]);

  it("trusts the authority of `certificate`, and shows the client's own one", async () => {
    await using backend = disposable(
      new OtlpBackend({
        endpoint,
        certificate: pem("server.crt"),
        clientCertificate: pem("client.crt"),
        clientKey: pem("client.key"),
      }),
    );
    await backend.write(snapshot());
    expect(senders).toEqual(["client"]);
  });

  it("sends nothing to a receiver that it does not trust", async () => {
    await using backend = disposable(new OtlpBackend({ endpoint }));
    const before = senders.length;
    await expect(backend.write(snapshot())).rejects.toThrow(/self-signed certificate/);
    expect(senders).toHaveLength(before);
  });

  it("says which file it cannot read, and tries again with the next attempt", async () => {
    await using backend = disposable(new OtlpBackend({ endpoint, certificate: pem("later.crt") }));
    const first = snapshot();
    await expect(backend.write(first)).rejects.toMatchObject({
      code: "BACKEND_UNAVAILABLE",
      message: expect.stringContaining("later.crt"),
    });
    execFileSync("cp", [pem("server.crt"), pem("later.crt")]);
    await backend.write(first);
  });
});

function disposable(backend: OtlpBackend): OtlpBackend & AsyncDisposable {
  return Object.assign(backend, { [Symbol.asyncDispose]: () => backend.close() });
}
