import { identity } from "./account";
import { Failed } from "./Failed";

/** Why it takes so long to know who the visitor is; nothing while it is quick. */
export function WhyUnknown() {
  const error = identity.failure.value;
  return error && <Failed error={error} retry={() => identity.find()} />;
}
