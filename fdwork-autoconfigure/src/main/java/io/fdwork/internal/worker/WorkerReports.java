package io.fdwork.internal.worker;

import java.util.Collection;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.ManagementAddress;
import io.fdwork.internal.wire.WorkerFigures;
import io.fdwork.worker.WorkerState;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a worker tells of itself: of its works, its process and its application. Safe for
 * threads.
 */
final class WorkerReports {

	private static final Logger logger = LoggerFactory.getLogger(WorkerReports.class);

	private final WorkerCounters counters;

	private final ApplicationProbes probes;

	private final Collection<QueueService> services;

	private final ProcessProbe process = new ProcessProbe();

	private final Examination examination;

	/**
	 * Create the reports of a worker.
	 * @param services get its works
	 */
	WorkerReports(WorkerCounters counters, ApplicationProbes probes, Collection<QueueService> services) {
		this.counters = counters;
		this.probes = probes;
		this.examination = new Examination(() -> told(probes.health()));
		this.services = services;
	}

	/**
	 * Return the next report, with which the window of the figures goes on.
	 */
	ControlMessage.Report next(WorkerState state) {
		this.counters.rollWindow();
		String management = told(this.probes.management());
		return new ControlMessage.Report(figures(state),
				(management != null && ManagementAddress.isProper(management)) ? management : null,
				told(this.probes.leader()));
	}

	WorkerFigures figures(WorkerState state) {
		return new WorkerFigures(state, this.counters.load(sum(QueueService::concurrency), sum(QueueService::serving)),
				this.counters.works(), this.counters.descriptors(), this.process.measure(),
				told(this.probes.requests()), this.examination.down(), this.counters.spares());
	}

	/**
	 * Look at the health of the application, and report it from then on. Waits for
	 * nothing.
	 */
	void examine() {
		this.examination.begin();
	}

	private int sum(ToIntFunction<QueueService> figure) {
		return this.services.stream().mapToInt(figure).sum();
	}

	/**
	 * What the application does not tell, because it is closed already for instance, must
	 * not keep the daemon from the rest.
	 */
	private static <T> @Nullable T told(Supplier<@Nullable T> source) {
		try {
			return source.get();
		}
		catch (RuntimeException | Error ex) {
			logger.debug("A figure is not known", ex);
			return null;
		}
	}

}
