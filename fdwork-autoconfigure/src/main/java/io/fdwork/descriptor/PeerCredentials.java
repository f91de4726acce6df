package io.fdwork.descriptor;

/**
 * Who is at the other end of a {@link UnixStream}, as the kernel says (SO_PEERCRED,
 * unix(7)).
 *
 * @param pid the process that connected or listened, 0 if it is in a pid namespace that
 * this process does not see
 * @param uid its effective user
 * @param gid its effective group
 * @hidden
 */
@Internal
public record PeerCredentials(long pid, long uid, long gid) {
}
