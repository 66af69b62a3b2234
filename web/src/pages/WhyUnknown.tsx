import { identity } from "./account";
import { Failed } from "./Failed";
import { failureText } from "./failure";

/** Explains why it takes long to find out who the visitor is; empty at first. */
export function WhyUnknown() {
  const error = identity.failure.value;
  return error && <Failed text={failureText(error)} retry={() => identity.find()} />;
}
