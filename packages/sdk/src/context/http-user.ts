/**
 * Who makes a request (IHttpUser). Set by a module in RQ_AUTHENTICATE_REQUEST; any object of this shape will do, `createUser` makes a plain one.
 *
 * Left out: GetPassword, GetImpersonationToken, GetPrimaryToken (no Windows tokens here), ReferenceUser and DereferenceUser (the garbage collector counts).
 */
export interface HttpUser {
  /** IHttpUser::GetUserName. '' = anonymous. */
  getUserName(): string;
  /** IHttpUser::GetRemoteUserName: the name the client gave. */
  getRemoteUserName(): string;
  /** IHttpUser::GetAuthenticationType: "Basic", "Bearer"; '' for the anonymous user. */
  getAuthenticationType(): string;
  /** IHttpUser::SupportsIsInRole. Ask first: `isInRole` throws E_NOTIMPL where it is false. */
  supportsIsInRole(): boolean;
  /** IHttpUser::IsInRole. */
  isInRole(role: string): boolean;
  /** IHttpUser::GetUserVariable. */
  getUserVariable(name: string): string | undefined;
}
