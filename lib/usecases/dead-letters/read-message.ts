import { BrokerError, type MessageCodec, type MessageView } from "@/lib/brokers/broker";
import { AppError } from "@/lib/domain/app-error";

/** A kept message as parts for the eye. Throws "unprocessable" when its bytes are no message of its broker. */
export function readMessage(codec: MessageCodec, encoded: Uint8Array): MessageView {
  try {
    return codec.view(encoded);
  } catch (error) {
    if (!(error instanceof BrokerError) || error.code !== "invalid-message") throw error;
    throw new AppError("unprocessable", `The kept bytes cannot be read as a message: ${error.message}`);
  }
}
