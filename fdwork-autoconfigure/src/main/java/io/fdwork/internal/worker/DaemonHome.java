package io.fdwork.internal.worker;

import java.util.List;
import java.util.Set;

import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.wire.ControlConnection;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.Returned;
import org.jspecify.annotations.Nullable;

/**
 * A daemon that takes idle connections back, as far as it has room. Safe for all threads.
 *
 * @param connection the control connection
 * @param features what the daemon has named
 * @param room for how many there is room
 */
record DaemonHome(ControlConnection connection, Set<Feature> features, ReturnRoom room) {

	DaemonHome(ControlConnection connection, Set<Feature> features) {
		this(connection, features, new ReturnRoom(features.contains(Feature.ROOM)));
	}

	/**
	 * Give connections back.
	 * @param queues the queue of each
	 * @param returned what is known of each
	 * @param connections the connections; stay the caller's
	 * @return how many of them, from the first on, the daemon has, or the kernel on its
	 * behalf. The others it never will, unless they are given again
	 */
	int giveBack(List<String> queues, List<Returned> returned, List<Descriptor> connections) {
		int count = this.room.claim(connections.size());
		if (count > 0 && !PatientWriter.send(this.connection,
				new ControlMessage.Return(queues.subList(0, count), known(returned.subList(0, count))),
				connections.subList(0, count))) {
			this.room.release(count);
			return 0;
		}
		return count;
	}

	private @Nullable List<Returned> known(List<Returned> returned) {
		return (this.features.contains(Feature.CONNECTION_HISTORY)) ? returned : null;
	}

	/**
	 * Ask for room for connections that cannot stay, if there is none.
	 */
	void wantRoom(int connections) {
		if (!this.room.hasMoreThan(0)) {
			PatientWriter.send(this.connection, new ControlMessage.Want(connections), List.of());
		}
	}

}
