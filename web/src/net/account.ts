// The REST interface of the visitor's account, typed.

import type {
  LeaveIn,
  Me,
  NameIn,
  PasswordIn,
  SignedIn,
  SignInList,
  SignInOut,
  UserOut,
} from "../rest.gen";
import { get, post, request } from "./request";

export const account = {
  rename: async (display_name: string): Promise<UserOut> =>
    (await request<Me>("PATCH", "/auth/me", { display_name } satisfies NameIn)).user,
  changePassword: (passwords: PasswordIn): Promise<SignedIn> => post("/auth/password", passwords),
  browsers: async (): Promise<SignInOut[]> => (await get<SignInList>("/auth/sessions")).sessions,
  signOutBrowser: (id: string): Promise<void> =>
    request("DELETE", `/auth/sessions/${encodeURIComponent(id)}`),
  signOutEverywhere: (): Promise<void> => post("/auth/logout-everywhere"),
  remove: (password: string | null): Promise<void> =>
    post("/auth/delete-account", { password } satisfies LeaveIn),
};
