/** Who made a state, as a person would say it. */

const NAMED: Readonly<Record<string, string>> = {
  http: "a program",
  script: "a program",
  program: "a program",
  file: "a text editor",
  "": "before",
};

export function whoText(client: string, me: string): string {
  if (client === me) return "you";
  const at = client.indexOf("~");
  if (at > 0) return client.slice(0, at);
  return NAMED[client] ?? (/^[0-9a-f]{16,}$/.test(client) ? "another tab" : client);
}
