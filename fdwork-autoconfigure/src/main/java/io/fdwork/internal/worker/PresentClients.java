package io.fdwork.internal.worker;

import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.descriptor.ClientState;
import io.fdwork.descriptor.TcpSockets;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.worker.DepartedClients;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands on the works whose clients are still there, and ends the others: a client that
 * left while its work waited costs whoever serves nothing. Safe for all threads.
 */
final class PresentClients implements Consumer<Work> {

	private static final Logger logger = LoggerFactory.getLogger(PresentClients.class);

	private final DepartedClients departed;

	private final Consumer<Work> sink;

	/**
	 * Create what is between who gets and who serves.
	 * @param departed who counts as departed
	 * @param sink serves the others
	 */
	PresentClients(DepartedClients departed, Consumer<Work> sink) {
		this.departed = departed;
		this.sink = sink;
	}

	@Override
	public void accept(Work work) {
		// What has no client is not for anybody who could leave
		if (work.remoteAddress() != null && hasDeparted(TcpSockets.clientState(GotWork.connection(work)))) {
			logger.debug("The client of {} has gone", work);
			GotWork.of(work).depart();
		}
		else {
			this.sink.accept(work);
		}
	}

	private boolean hasDeparted(ClientState state) {
		return switch (state) {
			case PRESENT -> false;
			case HALF_CLOSED -> this.departed == DepartedClients.CLOSED;
			case CLOSED, RESET -> true;
		};
	}

}
