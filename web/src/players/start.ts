// A play() call that has not succeeded or failed yet.

export interface Start {
  promise: Promise<void>;
  resolve: () => void;
  reject: (reason: Error) => void;
}

export function newStart(): Start {
  let resolve = () => {};
  let reject: Start["reject"] = () => {};
  const promise = new Promise<void>((resolve_, reject_) => {
    resolve = resolve_;
    reject = reject_;
  });
  return { promise, resolve, reject };
}
