package io.fdwork.sample;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.io.ClassPathResource;
import org.springframework.core.io.Resource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.http.codec.ServerSentEvent;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestMethod;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.server.ResponseStatusException;

/**
 * The routes, on WebFlux and on MVC.
 */
@RestController
class SampleController {

	private static final MediaType TEXT = MediaType.parseMediaType("text/plain;charset=utf-8");

	private static final Duration EVENT_INTERVAL = Duration.ofSeconds(1);

	private final Resource livePage = new ClassPathResource("live-page.html");

	private final boolean haltEnabled;

	private final int failEvery;

	private final int slowdown;

	private final AtomicInteger works = new AtomicInteger();

	private final Closing closing;

	private final @Nullable Journal journal;

	SampleController(SampleProperties properties, Closing closing, ObjectProvider<Journal> journal) {
		this.haltEnabled = properties.haltEnabled();
		this.failEvery = properties.failEvery();
		this.slowdown = properties.slowdown();
		this.closing = closing;
		this.journal = journal.getIfAvailable();
	}

	// For everybody who does not prefer HTML
	@GetMapping(path = "/", produces = { MediaType.TEXT_PLAIN_VALUE, MediaType.ALL_VALUE })
	ResponseEntity<String> greeting() {
		return text(HttpStatus.OK, Answers.GREETING);
	}

	@GetMapping(path = "/", produces = MediaType.TEXT_HTML_VALUE)
	ResponseEntity<Resource> livePage() {
		return ResponseEntity.ok().varyBy(HttpHeaders.ACCEPT).contentType(MediaType.TEXT_HTML).body(this.livePage);
	}

	/**
	 * Answer with the process id.
	 * @param close whether the connection ends: a browser that keeps it would ask the
	 * same worker again and again
	 */
	@GetMapping("/pid")
	ResponseEntity<String> pid(@RequestParam(defaultValue = "false") boolean close) {
		ResponseEntity.BodyBuilder answer = ResponseEntity.ok().contentType(TEXT);
		return ((close) ? answer.header(HttpHeaders.CONNECTION, "close") : answer).body(Answers.PID);
	}

	@GetMapping("/work")
	Mono<ResponseEntity<String>> work(@RequestParam(defaultValue = "0") long millis,
			@RequestHeader(name = Journal.NAME_HEADER, required = false) @Nullable String name) {
		if (this.journal != null) {
			this.journal.executed(name);
		}
		boolean fails = this.failEvery > 0 && this.works.incrementAndGet() % this.failEvery == 0;
		return delayed(millis, text((fails) ? HttpStatus.INTERNAL_SERVER_ERROR : HttpStatus.OK, Answers.PID));
	}

	/**
	 * Answer after some time, as many handlers do that ask a database: the thread that
	 * runs this waits, which is an event loop on WebFlux.
	 */
	@GetMapping("/sleep")
	ResponseEntity<String> sleep(@RequestParam(defaultValue = "0") long millis) throws InterruptedException {
		check("millis", millis, Answers.MAX_DELAY_MILLIS);
		Thread.sleep(millis);
		return text(HttpStatus.OK, Answers.PID);
	}

	@GetMapping("/bytes/{count}")
	ResponseEntity<byte[]> bytes(@PathVariable int count) {
		check("The number of bytes", count, Answers.MAX_BYTES);
		return ResponseEntity.ok().contentType(MediaType.APPLICATION_OCTET_STREAM).body(new byte[count]);
	}

	@PostMapping("/echo")
	Mono<ResponseEntity<byte[]>> echo(@RequestParam(defaultValue = "0") long millis,
			@RequestHeader(name = HttpHeaders.CONTENT_TYPE,
					defaultValue = MediaType.APPLICATION_OCTET_STREAM_VALUE) MediaType type,
			@RequestHeader(name = Journal.NAME_HEADER, required = false) @Nullable String name,
			@RequestBody(required = false) byte @Nullable [] body) {
		if (this.journal != null) {
			this.journal.executed(name);
		}
		return delayed(millis, ResponseEntity.ok().contentType(type).body((body != null) ? body : new byte[0]));
	}

	@RequestMapping(path = "/halt", method = { RequestMethod.GET, RequestMethod.POST })
	ResponseEntity<String> halt(@RequestHeader(name = Journal.NAME_HEADER, required = false) @Nullable String name) {
		if (this.journal != null) {
			this.journal.executed(name);
		}
		if (this.haltEnabled) {
			Answers.halt();
		}
		return text(HttpStatus.FORBIDDEN, Answers.HALT_DISABLED);
	}

	/**
	 * Tell the process id every second, until the application closes.
	 */
	@GetMapping(path = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
	Flux<ServerSentEvent<String>> events() {
		return Flux.interval(Duration.ZERO, EVENT_INTERVAL)
			.onBackpressureDrop()
			.map((number) -> ServerSentEvent.builder(Answers.PID.strip()).retry(EVENT_INTERVAL).build())
			.takeUntilOther(this.closing.begun());
	}

	private static ResponseEntity<String> text(HttpStatus status, String text) {
		return ResponseEntity.status(status).contentType(TEXT).body(text);
	}

	private <T> Mono<T> delayed(long millis, T answer) {
		check("millis", millis, Answers.MAX_DELAY_MILLIS);
		return (millis == 0) ? Mono.just(answer)
				: Mono.delay(Duration.ofMillis(millis * this.slowdown)).thenReturn(answer);
	}

	private static void check(String name, long number, long max) {
		if (number < 0 || number > max) {
			throw new ResponseStatusException(HttpStatus.BAD_REQUEST, name + " is from 0 to " + max);
		}
	}

}
