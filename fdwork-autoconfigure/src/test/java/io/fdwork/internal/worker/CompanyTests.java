package io.fdwork.internal.worker;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link Company}.
 */
class CompanyTests {

	private final Company company = new Company(1);

	private long sequence;

	private long nanos = Company.QUIET_NANOS;

	@Test
	void shouldExpectOthersAtFirst() {
		assertThat(this.company.isLikely()).isTrue();
		get(Company.SOME, 1);
		assertThat(this.company.isLikely()).isTrue();
	}

	@Test
	void shouldBeAloneWhenNobodyElseGets() {
		get(Company.SOME + 1, 1);
		assertThat(this.company.isLikely()).isFalse();
		get(10 * Company.MANY, 1);
		assertThat(this.company.isLikely()).isFalse();
	}

	@Test
	void shouldExpectOthersWhileTheyGet() {
		for (int i = 0; i < 100; i++) {
			get(9, 1);
			get(1, 2);
			assertThat(this.company.isLikely()).isTrue();
		}
	}

	@Test
	void shouldExpectOthersAgainWhenTheyGetSome() {
		get(Company.SOME + 1, 1);
		get(Company.MANY - 2, 1);
		get(2, 2);
		assertThat(this.company.isLikely()).isTrue();
	}

	@Test
	void shouldExpectOthersAgainWhenNothingCameForSomeTime() {
		get(Company.SOME + 1, 1);
		this.nanos += Company.QUIET_NANOS;
		get(1, 1);
		assertThat(this.company.isLikely()).isTrue();
		get(Company.SOME, 1);
		assertThat(this.company.isLikely()).isFalse();
	}

	@Test
	void shouldBeAloneWhenGettersOfThisProcessOvertakeEachOther() {
		Company two = new Company(2);
		long nanos = Company.QUIET_NANOS;
		for (int i = 1; i < 10 * Company.MANY; i += 2) {
			two.got(i + 1, nanos);
			two.got(i, nanos);
			assertThat(two.isLikely()).isEqualTo(i < Company.SOME);
		}
	}

	private void get(int count, int step) {
		for (int i = 0; i < count; i++) {
			this.sequence += step;
			this.nanos += 1_000;
			this.company.got(this.sequence, this.nanos);
		}
	}

}
