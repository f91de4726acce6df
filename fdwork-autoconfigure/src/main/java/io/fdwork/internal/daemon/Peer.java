package io.fdwork.internal.daemon;

import java.io.IOException;

import io.fdwork.descriptor.PeerCredentials;
import io.fdwork.internal.process.ProcessIdentity;
import org.jspecify.annotations.Nullable;

/**
 * Who is at the other end of a control connection, as the kernel says: what it says of
 * itself is for people only.
 *
 * @param pid its pid, 0 if it is in a pid namespace that this process does not see
 * @param process its process, {@code null} for one that this process does not see
 * @param uid its user
 * @param gid its group
 */
record Peer(long pid, @Nullable ProcessIdentity process, long uid, long gid) {

	static Peer of(PeerCredentials credentials) throws IOException {
		return new Peer(credentials.pid(), ProcessIdentity.of(credentials.pid()), credentials.uid(), credentials.gid());
	}

	@Override
	public String toString() {
		return "The peer with pid " + this.pid + " and uid " + this.uid;
	}

}
