package io.fdwork.internal.worker;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.worker.WorkerOptions;
import org.jspecify.annotations.Nullable;

/**
 * The warm-ups of a worker, once its application accepts traffic: first that of its web
 * server, then that of the application.
 */
public final class WarmUps {

	private final WorkerOptions options;

	private final Consumer<Work> sink;

	private final CountDownLatch accepted = new CountDownLatch(1);

	private @Nullable WebServer webServer;

	/**
	 * Create the warm-ups of an application without a web server.
	 * @param options say what is asked for
	 * @param sink serves a work, as it does those of a daemon
	 */
	WarmUps(WorkerOptions options, Consumer<Work> sink) {
		this.options = options;
		this.sink = sink;
	}

	/**
	 * Warm a web server up at once.
	 * @param options say how
	 * @param server serves works, those that it knows by the key itself
	 */
	public static void warmUp(WorkerOptions options, Consumer<Work> server, WarmUpKey key) {
		new WebServer(server, key).warmUp(options, () -> true);
	}

	void webServer(Consumer<Work> server, WarmUpKey key) {
		this.webServer = new WebServer(server, key);
	}

	/**
	 * The application accepts traffic.
	 */
	void accepted() {
		this.accepted.countDown();
	}

	boolean hasAccepted() {
		return this.accepted.getCount() == 0;
	}

	/**
	 * Wait until the application accepts traffic, then send the requests.
	 * @param goOn asked now and then
	 */
	void run(BooleanSupplier goOn) {
		WarmUp application = WarmUp.ofPaths(this.options);
		if (this.webServer == null && application.requests().isEmpty()) {
			return;
		}
		try {
			while (goOn.getAsBoolean()) {
				if (this.accepted.await(OwnConnections.LOOK_INTERVAL.toNanos(), TimeUnit.NANOSECONDS)) {
					if (this.webServer != null) {
						this.webServer.warmUp(this.options, goOn);
					}
					application.run(this.sink, goOn);
					return;
				}
			}
		}
		catch (InterruptedException ex) {
			Thread.currentThread().interrupt();
		}
	}

	/**
	 * What serves without the code of the application, and how it knows these requests.
	 */
	private record WebServer(Consumer<Work> server, WarmUpKey key) {

		void warmUp(WorkerOptions options, BooleanSupplier goOn) {
			try {
				WarmUp.ofServer(options, this.key).run(this.server, goOn);
			}
			finally {
				this.key.end();
			}
		}

	}

}
