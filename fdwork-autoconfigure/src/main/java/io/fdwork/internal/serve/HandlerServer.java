package io.fdwork.internal.serve;

import java.util.concurrent.Executor;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.internal.queue.GotWork;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves works with a {@link WorkHandler}: on the calling thread, or on an executor.
 */
public final class HandlerServer implements Consumer<Work> {

	private static final Logger logger = LoggerFactory.getLogger(HandlerServer.class);

	private final WorkHandler handler;

	private final @Nullable Executor executor;

	/**
	 * Create a server.
	 * @param handler the handler
	 * @param executor runs the handler, or {@code null} for the calling thread. It must
	 * take as many tasks as works can be in hand
	 */
	public HandlerServer(WorkHandler handler, @Nullable Executor executor) {
		this.handler = handler;
		this.executor = executor;
	}

	@Override
	public void accept(Work work) {
		if (this.executor == null) {
			handle(work);
			return;
		}
		work.takeOver();
		this.executor.execute(() -> {
			handle(work);
			GotWork.of(work).release();
		});
	}

	private void handle(Work work) {
		try {
			this.handler.handle(work);
		}
		catch (Throwable ex) {
			work.fail();
			logger.error("The handler failed for {}", work, ex);
		}
	}

}
