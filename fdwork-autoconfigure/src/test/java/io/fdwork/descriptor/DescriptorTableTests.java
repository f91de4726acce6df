package io.fdwork.descriptor;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link DescriptorTable}.
 */
@Timeout(60)
class DescriptorTableTests {

	@Test
	void shouldKnowLimit() {
		assertThat(DescriptorTable.limit()).isGreaterThanOrEqualTo(64);
		assertThat(DescriptorTable.measureFree()).isPositive().isLessThan(DescriptorTable.limit());
	}

	@Test
	void shouldSeeWhatIsOpened() throws IOException {
		long before = DescriptorTable.measureFree();
		List<Descriptor.Pipe> pipes = new ArrayList<>();
		try {
			for (int i = 0; i < 50; i++) {
				pipes.add(Descriptor.pipe());
			}
			// Other tests of this JVM may have left something that is closed meanwhile
			assertThat(DescriptorTable.estimateFree()).as("estimated").isLessThanOrEqualTo(before - 80);
			assertThat(DescriptorTable.measureFree()).as("measured").isBetween(before - 110, before - 80);
		}
		finally {
			pipes.forEach(Descriptor.Pipe::close);
		}
		Awaitility.await().atMost(Duration.ofSeconds(10)).until(() -> DescriptorTable.estimateFree() >= before - 20);
	}

}
