package io.fdwork.descriptor;

/**
 * Who is at the other end of a {@link UnixStream}, as the kernel says (SO_PEERCRED,
 * unix(7)).
 *
 * @param pid the process that connected or listened
 * @param uid its effective user
 * @param gid its effective group
 * @hidden
 */
@Internal
public record PeerCredentials(long pid, long uid, long gid) {
}
