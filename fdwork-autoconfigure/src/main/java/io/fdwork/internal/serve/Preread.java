package io.fdwork.internal.serve;

import io.fdwork.Work;
import io.fdwork.internal.queue.GotWork;
import io.netty.channel.Channel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker that has died had read from a connection, and that comes before all that
 * is read next.
 */
public final class Preread {

	private static final Logger logger = LoggerFactory.getLogger(Preread.class);

	private Preread() {
	}

	/**
	 * Close a channel whose pipeline has not taken that: it would take what comes next
	 * for the first request.
	 * @param channel a channel that is active, and from which nothing was read yet
	 * @param work the work that it serves
	 */
	public static void closeIfMissed(Channel channel, Work work) {
		if (work instanceof GotWork got && got.hasPreread()) {
			logger.debug("No codec of fdwork is the first of the pipeline of {}, so its request cannot be replayed",
					work);
			channel.close();
		}
	}

}
