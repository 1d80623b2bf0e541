import { describe, expect, it } from "vitest";
import { OptionError, readOptions } from "./options";

const LOCAL = "Endpoint=sb://localhost:5672;SharedAccessKeyName=x;SharedAccessKey=y;UseDevelopmentEmulator=true;";
const ARGS = ["--broker-control-url", "http://127.0.0.1:5300/", "--data", "/tmp/sample"];

function read(args: string[], connectionString: string | undefined = LOCAL) {
  return readOptions(args, { SAMPLE_CONNECTION_STRING: connectionString });
}

describe("the sample's command line", () => {
  it("reads what it needs, with defaults for the rest", () => {
    expect(read(ARGS)).toEqual({
      connectionString: LOCAL,
      brokerControlUrl: "http://127.0.0.1:5300",
      controlPort: 0,
      dataFolder: "/tmp/sample",
      scale: "full",
    });
  });

  it.each([
    ["a real namespace", "Endpoint=sb://contoso.servicebus.windows.net/;SharedAccessKeyName=x;SharedAccessKey=y"],
    [
      "a real namespace that claims to be an emulator",
      "Endpoint=sb://contoso.servicebus.windows.net/;UseDevelopmentEmulator=true",
    ],
    ["a host that only begins like this machine", "Endpoint=sb://localhost.contoso.net;UseDevelopmentEmulator=true"],
    ["this machine without the emulator's flag", "Endpoint=sb://localhost:5672;UseDevelopmentEmulator=false"],
    ["no endpoint", "UseDevelopmentEmulator=true"],
  ])("refuses %s", (_what, connectionString) => {
    expect(() => read(ARGS, connectionString)).toThrow(OptionError);
  });

  it("refuses a control address elsewhere, an unknown flag, a bad port and a bad scale by name", () => {
    expect(() => read(["--broker-control-url", "http://10.0.0.1:5300", "--data", "x"])).toThrow(
      /--broker-control-url must name localhost/,
    );
    expect(() => read([...ARGS, "--colour", "red"])).toThrow(/--colour/);
    expect(() => read([...ARGS, "--control-port", "70000"])).toThrow(/--control-port/);
    expect(() => read([...ARGS, "--scale", "huge"])).toThrow(/--scale/);
    expect(() => readOptions(ARGS, {})).toThrow(/SAMPLE_CONNECTION_STRING/);
  });
});
