/** Whether the address of this page cannot be reached from other computers. */
export const isLocal = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(location.hostname);
