package io.fdwork.internal.daemon;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import io.fdwork.internal.process.ProcessIdentity;
import io.fdwork.internal.wire.Membership;
import org.jspecify.annotations.Nullable;

/**
 * The processes that wanted to register and may not, so that a fleet replaces its own.
 * The last ones are enough: each tries again and again. Safe for all threads.
 */
final class RefusedWorkers {

	private static final int MAX_PROCESSES = 256;

	// The one that tried last is the last; guarded by itself
	private final Map<ProcessIdentity, DaemonSnapshot.RefusedWorker> workers = new LinkedHashMap<>();

	void add(Peer peer, @Nullable Membership membership) {
		ProcessIdentity process = peer.process();
		if (process == null) {
			return;
		}
		synchronized (this.workers) {
			this.workers.remove(process);
			this.workers.put(process, new DaemonSnapshot.RefusedWorker(process, membership));
			if (this.workers.size() > MAX_PROCESSES) {
				this.workers.remove(this.workers.keySet().iterator().next());
			}
		}
	}

	/**
	 * Note that a peer may register after all.
	 */
	void remove(Peer peer) {
		synchronized (this.workers) {
			this.workers.remove(peer.process());
		}
	}

	List<DaemonSnapshot.RefusedWorker> snapshot() {
		synchronized (this.workers) {
			return List.copyOf(this.workers.values());
		}
	}

}
