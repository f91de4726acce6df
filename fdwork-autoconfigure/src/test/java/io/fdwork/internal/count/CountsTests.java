package io.fdwork.internal.count;

import java.util.Map;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Counts}.
 */
class CountsTests {

	private final Counts<Kind> counts = new Counts<>(Kind.class);

	@Test
	void shouldCountEachKindByItself() {
		this.counts.increment(Kind.FIRST);
		this.counts.add(Kind.SECOND, 2);
		this.counts.increment(Kind.SECOND);
		assertThat(this.counts.of(Kind.FIRST)).isEqualTo(1);
		assertThat(this.counts.of(Kind.SECOND)).isEqualTo(3);
	}

	@Test
	void shouldTellOfKindsThatAreZeroToo() {
		this.counts.increment(Kind.SECOND);
		assertThat(this.counts.toMap()).isEqualTo(Map.of(Kind.FIRST, 0L, Kind.SECOND, 1L));
	}

	enum Kind {

		FIRST, SECOND

	}

}
