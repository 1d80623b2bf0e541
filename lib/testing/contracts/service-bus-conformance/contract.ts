import { DEAD_LETTER_ROWS } from "./contract/dead-letters";
import { ENTITY_ROWS } from "./contract/entities";
import { PROTOCOL_ROWS } from "./contract/protocol";
import { SENDING_ROWS } from "./contract/sending";

/** One row of the contract with the service, and the rules that check it, by name. */
export interface ContractRow {
  readonly row: string;
  readonly rules: readonly string[];
  /** Of a row without rules: where it is checked, or why it is no matter of the broker's. */
  readonly elsewhere?: string;
}

/** Everything that the console and its tests rely on in a broker. The suite checks that no row and no rule is left over. */
export const CONTRACT: readonly ContractRow[] = [
  ...DEAD_LETTER_ROWS,
  ...SENDING_ROWS,
  ...PROTOCOL_ROWS,
  ...ENTITY_ROWS,
];
