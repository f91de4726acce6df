package io.fdwork.internal.daemon;

import java.io.IOException;
import java.util.Set;
import java.util.stream.Collectors;

import io.fdwork.daemon.DaemonOptions;
import io.fdwork.descriptor.DescriptorTable;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.recovery.Recovery;
import io.fdwork.internal.recovery.ReplayRule;
import io.fdwork.internal.table.ServiceTable;
import io.fdwork.internal.wire.WorkFrame;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the recovery of a daemon, of the size that its options say.
 */
final class RecoveryFactory {

	private static final Logger logger = LoggerFactory.getLogger(RecoveryFactory.class);

	private RecoveryFactory() {
	}

	/**
	 * Open the recovery.
	 * @return the recovery, {@code null} if none is wanted, or there is no room for one
	 */
	static @Nullable Recovery open(DaemonOptions options, DaemonDirectory directory, KernelQueues queues,
			IdleConnections idle) {
		int max = bound(options.getMaxHeldConnections(), DescriptorTable.limit());
		if (max == 0) {
			return null;
		}
		boolean readsFirst = options.getListeners().stream().anyMatch((listener) -> listener.proxyProtocol() != null);
		try {
			Recovery recovery = Recovery.create(directory.path(), max, queues, readsFirst, idle::takeBack,
					replays(options));
			idle.tell(recovery);
			return recovery;
		}
		catch (IOException ex) {
			logger.warn("There is no room for the table of the connections in service, so those whose worker dies end "
					+ "with it. Set fdwork.daemon.recovery.max-connections to 0 to do without it", ex);
			return null;
		}
	}

	private static ReplayRule replays(DaemonOptions options) {
		Set<String> methods = options.getReplayMethods().stream().map(Enum::name).collect(Collectors.toSet());
		return (methods.isEmpty()) ? ReplayRule.NONE
				: new ReplayRule(methods, Math.min(options.getMaxReplayBytes(), WorkFrame.MAX_PREREAD));
	}

	static int bound(@Nullable Integer configured, long limit) {
		return (configured != null) ? Math.min(configured, ServiceTable.MAX_ENTRIES)
				: (int) DescriptorTable.share(limit);
	}

}
