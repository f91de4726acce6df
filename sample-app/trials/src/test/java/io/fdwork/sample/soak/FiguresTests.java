package io.fdwork.sample.soak;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

/**
 * Tests for {@link Figures}.
 */
class FiguresTests {

	@Test
	void shouldReadHeapWhenCollectorIsG1() {
		assertThat(Figures.heapBytes("""
				4711:
				Command executed successfully
				 garbage-first heap   total 262144K, used 13312K [0x00000000f0000000, 0x0000000100000000)
				  region size 1024K, 5 young (5120K), 5 survivors (5120K)
				 Metaspace       used 51234K, committed 51776K, reserved 1114112K
				  class space    used 6543K, committed 6784K, reserved 1048576K
				""")).isEqualTo(13312L * 1024);
		assertThat(Figures.heapBytes(" garbage-first heap   total reserved 262144K, committed 65536K, used 12M [0x"))
			.isEqualTo(12L * 1024 * 1024);
	}

	@Test
	void shouldAddGenerationsWhenCollectorHasThem() {
		assertThat(Figures.heapBytes(
				"""
						 def new generation   total 9216K, used 100K [0x00000000f0000000, 0x00000000f0a00000, 0x00000000f5550000)
						  eden space 8192K,   1% used [0x00000000f0000000, 0x00000000f0019000, 0x00000000f0800000)
						 tenured generation   total 20480K, used 12000K [0x00000000f5550000, 0x00000000f6950000, 0x0000000100000000)
						   the space 20480K,  58% used [0x00000000f5550000, 0x00000000f610c000, 0x00000000f610c000)
						 Metaspace       used 51234K, committed 51776K, reserved 1114112K
						"""))
			.isEqualTo(12100L * 1024);
	}

	@Test
	void shouldLeaveOutHeapWhenNativeMemoryIsRead() {
		assertThat(Figures.nativeBytes("""
				Native Memory Tracking:

				Total: reserved=1823456KB, committed=300000KB
				       malloc: 35000KB #180000
				-                 Java Heap (reserved=262144KB, committed=65536KB)
				                            (mmap: reserved=262144KB, committed=65536KB)
				-                     Class (reserved=1049000KB, committed=7000KB)
				""")).isEqualTo((300000L - 65536) * 1024);
	}

	@Test
	void shouldReadStatusWhenItHasNumber() {
		String status = "Name:\tjava\nVmHWM:\t  200000 kB\nVmRSS:\t  123456 kB\nThreads:\t37\n";
		assertThat(Figures.status(status, "VmRSS")).isEqualTo(123456);
		assertThat(Figures.status(status, "Threads")).isEqualTo(37);
	}

	@Test
	void shouldReadMeterOfProcessWhenSeveralHaveIt() {
		String scrape = """
				# TYPE fdwork_descriptors_leaked_total counter
				fdwork_descriptors_leaked_total{pid="12",process="daemon"} 0.0
				fdwork_descriptors_leaked_total{pid="123",process="worker-123"} 2.0
				""";
		assertThat(Figures.meter(scrape, "fdwork_descriptors_leaked_total", 12)).isZero();
		assertThat(Figures.meter(scrape, "fdwork_descriptors_leaked_total", 123)).isEqualTo(2);
	}

	@Test
	void shouldFailWhenWhatIsReadIsNotThere() {
		assertThatIllegalArgumentException().isThrownBy(() -> Figures.heapBytes(" Metaspace       used 51234K"));
		assertThatIllegalArgumentException()
			.isThrownBy(() -> Figures.nativeBytes("Native memory tracking is not enabled"));
		assertThatIllegalArgumentException().isThrownBy(() -> Figures.status("Name:\tjava\n", "Threads"));
		assertThatIllegalArgumentException().isThrownBy(() -> Figures.meter("", "fdwork_descriptors_open", 12))
			.withMessageContaining("process 12");
	}

}
