import { identity } from "./account";
import { Failed } from "./Failed";

/** Explains why it takes long to find out who the visitor is; empty at first. */
export function WhyUnknown() {
  const error = identity.failure.value;
  return error && <Failed error={error} retry={() => identity.find()} />;
}
