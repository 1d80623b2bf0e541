import { readEvent } from "../traffic/cloud-event";
import { ExactNumber } from "../traffic/exact-json";
import { type Order, orderEvent } from "../traffic/order";
import { type Consumer, done } from "./consumer";
import { deadLetter, Failure } from "./failure";

const SOURCE = "/services/order-intake";

/** Validates new orders of the shops and tills, and starts payment. */
export const orderIntake: Consumer = {
  name: "order-intake",
  entity: "orders",
  does: "Validates new orders and asks for their payment.",
  faults: [
    {
      reason: "ValidationFailed",
      what: "Tills send orders without an e-mail address when the customer gives none; the validator insists on one.",
      cure: "deploy the fix",
    },
    {
      reason: "UnsupportedSchemaVersion",
      what: "The new checkout writes order.created version 3, where the total is an object.",
      cure: "deploy the fix",
    },
  ],
  fix: "Accepts a phone number in place of an e-mail address, and reads version 3.",

  handle(delivery, around) {
    const event = readEvent<Order>(delivery.body);
    const version = Number(/\/v(\d+)$/.exec(event.dataschema)?.[1]);
    const order = version === 2 ? event.data : around.fixed && version === 3 ? downgrade(event.data) : null;
    if (order === null) {
      throw new Failure(
        "UnsupportedSchemaVersion",
        "Shop.Contracts.UnsupportedSchemaException",
        `No reader for ${event.dataschema} (event ${event.id}, tenant ${event.data.tenant}); this build reads v1, v2`,
        [
          "Shop.Contracts.SchemaRegistry.ReaderFor(Uri schema) in /src/Shop.Contracts/SchemaRegistry.cs:line 58",
          "Shop.OrderIntake.OrderCreatedHandler.HandleAsync(ProcessMessageEventArgs args) in /src/Shop.OrderIntake/OrderCreatedHandler.cs:line 37",
        ],
      );
    }
    validate(order, around.fixed);
    return done(
      orderEvent(event, order, around.now, { to: "payments", type: "payment.requested", source: SOURCE }),
      orderEvent(event, order, around.now, { to: "order-events", type: "order.accepted", source: SOURCE }),
    );
  },

  onError: (error) =>
    deadLetter(".net", error, {
      reason: "UnhandledException",
      frames: [
        "Shop.OrderIntake.OrderCreatedHandler.HandleAsync(ProcessMessageEventArgs args) in /src/Shop.OrderIntake/OrderCreatedHandler.cs:line 34",
      ],
    }),
};

function validate(order: Order, fixed: boolean): void {
  const { email, phone } = order.customer;
  const reachable = Boolean(email) || (fixed && Boolean(phone));
  if (reachable) return;
  throw new Failure(
    "ValidationFailed",
    "FluentValidation.ValidationException",
    `Validation failed: \n -- data.customer.email: 'Email' must not be empty. Severity: Error\nOrder ${order.orderId.text}, customer ${order.customer.id.text}, tenant ${order.tenant}`,
    [
      "FluentValidation.AbstractValidator`1.RaiseValidationException(ValidationContext`1 context, ValidationResult result)",
      "Shop.OrderIntake.OrderValidator.Check(Order order) in /src/Shop.OrderIntake/OrderValidator.cs:line 24",
    ],
  );
}

/** Version 3 writes the total as `{"amount": "128.50", "currency": "EUR"}`; everything after intake speaks version 2. */
function downgrade(order: Order): Order {
  const total = order.total as unknown as { readonly amount: string };
  return { ...order, total: new ExactNumber(total.amount) };
}
