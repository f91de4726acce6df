package io.fdwork.internal.serve.warmup;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import io.fdwork.internal.worker.WarmUpKey;
import io.fdwork.internal.worker.WarmUpKeys;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

import org.springframework.http.MediaType;
import org.springframework.http.codec.ServerCodecConfigurer;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.mock.http.server.reactive.MockServerHttpRequest;
import org.springframework.mock.http.server.reactive.MockServerHttpResponse;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ReactiveWarmUp}.
 */
class ReactiveWarmUpTests {

	private static final String NOTE = "{\"text\":\"a\",\"number\":1,\"notes\":[]}";

	private final WarmUpKey key = new WarmUpKey();

	private final AtomicInteger seen = new AtomicInteger();

	private final MockServerHttpResponse response = new MockServerHttpResponse();

	private final HttpHandler handler = new ReactiveWarmUp(this.key, ServerCodecConfigurer::create)
		.before((request, response) -> Mono.fromRunnable(this.seen::incrementAndGet));

	@Test
	void shouldAnswerItselfWhenRequestHasKey() {
		handle(MockServerHttpRequest.get("/").header(WarmUpKey.HEADER, WarmUpKeys.begin(this.key)).build());
		assertThat(body()).isEqualTo("warm");
		assertThat(this.seen).as("what comes to the application").hasValue(0);
	}

	@Test
	void shouldReadAndWriteWhatIsPosted() {
		handle(MockServerHttpRequest.post("/")
			.header(WarmUpKey.HEADER, WarmUpKeys.begin(this.key))
			.contentType(MediaType.APPLICATION_JSON)
			.accept(MediaType.APPLICATION_JSON)
			.body(NOTE));
		assertThat(body()).isEqualTo(NOTE);
		assertThat(this.seen).hasValue(0);
	}

	@Test
	void shouldAnswerWhatItCannotRead() {
		handle(MockServerHttpRequest.post("/")
			.header(WarmUpKey.HEADER, WarmUpKeys.begin(this.key))
			.contentType(MediaType.APPLICATION_JSON)
			.body("no JSON"));
		assertThat(this.seen).hasValue(0);
	}

	@Test
	void shouldLeaveAllOthersToTheApplication() {
		String used = WarmUpKeys.begin(this.key);
		WarmUpKeys.end(this.key);
		handle(MockServerHttpRequest.get("/").build());
		handle(MockServerHttpRequest.get("/").header(WarmUpKey.HEADER, used).build());
		WarmUpKeys.begin(this.key);
		handle(MockServerHttpRequest.get("/").build());
		handle(MockServerHttpRequest.get("/").header(WarmUpKey.HEADER, used).build());
		assertThat(this.seen).hasValue(4);
	}

	private void handle(MockServerHttpRequest request) {
		this.handler.handle(request, this.response).block(Duration.ofSeconds(10));
	}

	private String body() {
		return this.response.getBodyAsString().block(Duration.ofSeconds(10));
	}

}
