package io.fdwork.autoconfigure;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

import io.fdwork.internal.daemon.Departures;
import io.fdwork.internal.systemd.Notifier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a daemon does about signals. Told to end, it keeps the workers, which may have
 * been told so too, and accepts for a while longer, so that balancers and clients find
 * out that it will not. SIGHUP refreshes its fleet.
 */
final class DaemonSignals implements Signals.Response {

	private static final Logger logger = LoggerFactory.getLogger(DaemonSignals.class);

	/**
	 * What the end of the process may take besides the delay and a shutdown phase.
	 */
	private static final Duration RESERVE = Duration.ofSeconds(10);

	private final Departures departures;

	private final Duration stopDelay;

	private final Duration shutdownPhase;

	private final BooleanSupplier accepting;

	private final Runnable farewell;

	private final Supplier<@Nullable Runnable> refresh;

	private final Notifier systemd;

	private final CountDownLatch toldAgain = new CountDownLatch(1);

	/**
	 * Create the response of a daemon.
	 * @param stopDelay how long to go on accepting
	 * @param shutdownPhase how long the stop may take after that
	 * @param accepting tells whether the daemon accepts
	 * @param farewell lets balancers and clients go elsewhere
	 * @param refresh refreshes its fleet, {@code null} if it has none
	 */
	DaemonSignals(Departures departures, Duration stopDelay, Duration shutdownPhase, BooleanSupplier accepting,
			Runnable farewell, Supplier<@Nullable Runnable> refresh, Notifier systemd) {
		this.departures = departures;
		this.stopDelay = stopDelay;
		this.shutdownPhase = shutdownPhase;
		this.accepting = accepting;
		this.farewell = farewell;
		this.refresh = refresh;
		this.systemd = systemd;
	}

	/**
	 * Keep the workers that are told to end from now on until the daemon has ended.
	 */
	void hold() {
		this.departures.hold(this.stopDelay.plus(this.shutdownPhase).plus(RESERVE));
	}

	@Override
	public void awaitEnd() {
		hold();
		if (this.stopDelay.isZero() || !this.accepting.getAsBoolean()) {
			return;
		}
		this.systemd.stopping(this.stopDelay.plus(this.shutdownPhase).plus(RESERVE));
		this.farewell.run();
		logger.info("Told to end: accepting for {} more, or until told again", this.stopDelay);
		try {
			this.toldAgain.await(this.stopDelay.toNanos(), TimeUnit.NANOSECONDS);
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	@Override
	public void toldAgain() {
		this.toldAgain.countDown();
	}

	@Override
	public void hungUp() {
		Runnable refresh = this.refresh.get();
		if (this.departures.isHeld()) {
			logger.info("Nothing is refreshed on SIGHUP: this daemon was told to end");
		}
		else if (refresh == null) {
			logger.info("There is nothing to refresh on SIGHUP: this daemon has no fleet. See fdwork.daemon.fleet.min");
		}
		else {
			refresh(refresh);
		}
	}

	private void refresh(Runnable refresh) {
		this.systemd.reloading();
		String status = "Refreshing the fleet";
		try {
			logger.info("{}, as SIGHUP wants", status);
			refresh.run();
		}
		catch (RuntimeException ex) {
			status = "Cannot refresh the fleet: " + ex.getMessage();
			logger.error("{}", status, ex);
		}
		finally {
			// The fleet says what becomes of it, and workers serve throughout
			this.systemd.ready(status);
		}
	}

}
