package io.fdwork.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

import io.fdwork.WorkHandler;

import org.springframework.boot.SpringApplication;
import org.springframework.boot.SpringBootConfiguration;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.context.annotation.Bean;
import org.springframework.context.event.EventListener;

/**
 * A worker that serves as {@link HandlerApplication} does, and writes what it likes into
 * the table that it shares with the daemon: numbers, bytes and zeros at random, the
 * journals included.
 */
@SpringBootConfiguration(proxyBeanMethods = false)
@EnableAutoConfiguration
public class RogueApplication {

	private static final int WRITES = 1000;

	private static final long PERIOD_MILLIS = 5;

	private final Random random = new Random(22);

	private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();

	/**
	 * Start the application.
	 * @param args Spring Boot's
	 */
	public static void main(String[] args) {
		SpringApplication.run(RogueApplication.class, args);
	}

	@Bean
	WorkHandler handler(ApplicationEventPublisher events) {
		return (work) -> HandlerApplication.handle(work, events);
	}

	@EventListener(ApplicationReadyEvent.class)
	void scribble() throws IOException {
		FileChannel memory = FileChannel.open(Path.of("/proc/self/mem"), StandardOpenOption.WRITE);
		this.thread.scheduleWithFixedDelay(() -> scribble(memory), PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
	}

	private void scribble(FileChannel memory) {
		try {
			for (Mapping mapping : tables()) {
				for (int i = 0; i < WRITES; i++) {
					write(memory, mapping);
				}
				System.out.println("Scribbled over " + mapping.length() + " bytes");
			}
		}
		catch (IOException ex) {
			ex.printStackTrace();
			throw new UncheckedIOException(ex);
		}
	}

	private void write(FileChannel memory, Mapping mapping) throws IOException {
		long at = mapping.from() + this.random.nextLong(mapping.length());
		switch (this.random.nextInt(3)) {
			case 0 -> memory.write(ByteBuffer.wrap(new byte[] { (byte) this.random.nextInt() }), at);
			case 1 -> memory.write(ByteBuffer.allocate(Long.BYTES).putLong(this.random.nextLong()).flip(), at & ~7);
			default -> memory.write(ByteBuffer.allocate(Long.BYTES), at & ~63);
		}
	}

	private static List<Mapping> tables() throws IOException {
		return Files.readAllLines(Path.of("/proc/self/maps"))
			.stream()
			.filter((line) -> line.contains("/fdwork-table-"))
			.map(Mapping::of)
			.toList();
	}

	/**
	 * A part of the table in the memory of this process.
	 *
	 * @param from where it begins
	 * @param length how long it is
	 */
	private record Mapping(long from, long length) {

		// proc_pid_maps(5)
		static Mapping of(String line) {
			String[] range = line.substring(0, line.indexOf(' ')).split("-");
			long from = Long.parseLong(range[0], 16);
			return new Mapping(from, Long.parseLong(range[1], 16) - from);
		}

	}

}
