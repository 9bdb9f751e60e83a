const MAX_LENGTH = 200;

/**
 * What a receiver says of its refusal, in one line of at most 200 characters: the message of a `google.rpc.Status` in
 * either encoding, or plain text. Empty for pages of HTML and what cannot be read.
 */
export function errorDetail(contentType: string | undefined, body: Buffer): string {
  if (contentType?.includes("json")) return oneLine(messageOfJson(body.toString()));
  if (contentType?.includes("protobuf")) return oneLine(messageOfProtobuf(body));
  return contentType?.startsWith("text/plain") ? oneLine(body.toString()) : "";
}

function messageOfJson(text: string): string {
  try {
    const { message } = JSON.parse(text) as { readonly message?: unknown };
    return typeof message === "string" ? message : "";
  } catch {
    return "";
  }
}

/** Field 2 (text) of a message whose other fields are numbers and texts: `code = 1; message = 2; details = 3`. */
function messageOfProtobuf(body: Buffer): string {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; at < body.length; factor *= 128) {
      const byte = body[at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    return Number.NaN;
  };
  while (at < body.length) {
    const tag = varint();
    const value = varint();
    if (Number.isNaN(value)) return "";
    if (tag === ((2 << 3) | 2)) return body.toString("utf8", at, at + value);
    if ((tag & 7) === 2) at += value;
    else if ((tag & 7) !== 0) return "";
  }
  return "";
}

/** Somebody else's text for a message of ours: without control characters, at most 200 characters. */
export function oneLine(text: string): string {
  const clean = text.replace(/[\p{Cc}\s]+/gu, " ").trim();
  return clean.length > MAX_LENGTH ? `${clean.slice(0, MAX_LENGTH - 3)}...` : clean;
}
