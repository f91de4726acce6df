package io.fdwork.integration.inbound;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import io.fdwork.WorkRequest;
import io.fdwork.descriptor.Descriptor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

/**
 * Tests for {@link UndecidedRequests}.
 */
class UndecidedRequestsTests {

	private static final int MAX_REQUESTS = 10_000;

	private final List<WorkRequest> dropped = new ArrayList<>();

	private final UndecidedRequests patient = new UndecidedRequests(Duration.ofMinutes(5), this.dropped::add);

	private Descriptor.Pipe pipe;

	@BeforeEach
	void open() throws IOException {
		this.pipe = Descriptor.pipe();
	}

	@AfterEach
	void close() {
		this.pipe.close();
	}

	@Test
	void shouldDropWhenTimeIsOver() {
		UndecidedRequests requests = new UndecidedRequests(Duration.ofMillis(50), this.dropped::add);
		WorkRequest first = request();
		requests.add(first);
		requests.sweep();
		assertThat(this.dropped).isEmpty();
		await().untilAsserted(() -> {
			requests.sweep();
			assertThat(this.dropped).containsExactly(first);
		});
	}

	@Test
	void shouldNotDropWhenDecided() {
		WorkRequest first = request();
		this.patient.add(first);
		first.close();
		this.patient.dropAll();
		assertThat(this.dropped).isEmpty();
	}

	@Test
	void shouldDropAllWhenAskedTo() {
		WorkRequest first = request();
		WorkRequest second = request();
		this.patient.add(first);
		this.patient.add(second);
		this.patient.dropAll();
		assertThat(this.dropped).containsExactly(first, second);
	}

	@Test
	void shouldDropOldestWhenThereAreTooMany() {
		WorkRequest first = request();
		this.patient.add(first);
		for (int i = 0; i < MAX_REQUESTS; i++) {
			this.patient.add(request());
		}
		assertThat(this.dropped).containsExactly(first);
	}

	@Test
	void shouldNotDropWhenThoseAfterItAreDecided() throws Exception {
		WorkRequest first = request();
		this.patient.add(first);
		for (int i = 0; i < 2 * MAX_REQUESTS; i++) {
			WorkRequest next = request();
			this.patient.add(next);
			try (WorkRequest.Put put = next.beginPut()) {
				put.send(() -> true);
			}
		}
		assertThat(this.dropped).isEmpty();
		this.patient.dropAll();
		assertThat(this.dropped).containsExactly(first);
	}

	private WorkRequest request() {
		// All share a descriptor, which none of them closes
		return WorkRequest.with(this.pipe.source()).keepDescriptors().build();
	}

}
