package io.fdwork.docs.handler;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

import io.fdwork.Work;
import io.fdwork.WorkHandler;

/**
 * Returns at once and answers later, on another thread.
 */
public class DeferringHandler implements WorkHandler {

	private final Supplier<CompletableFuture<String>> answer;

	/**
	 * Create a handler.
	 * @param answer gives the answer, some time
	 */
	public DeferringHandler(Supplier<CompletableFuture<String>> answer) {
		this.answer = answer;
	}

	// tag::take-over[]
	@Override
	public void handle(Work work) {
		CompletableFuture<String> answer = this.answer.get();
		work.takeOver();
		answer.whenComplete((text, failure) -> {
			try {
				work.channel().write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
				work.close();
			}
			catch (Exception ex) {
				work.fail();
			}
		});
	}
	// end::take-over[]

}
