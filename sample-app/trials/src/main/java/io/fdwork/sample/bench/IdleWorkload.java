package io.fdwork.sample.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import io.fdwork.sample.fixture.Await;

/**
 * Connections that are kept alive and idle after one request each: what they cost in
 * memory, after a full collection of garbage in every JVM.
 *
 * @param connections how many
 */
record IdleWorkload(int connections) implements Workload {

	private static final int WORKERS = 2;

	private static final String AT_HOME = "fdwork-netty, at home";

	private static final byte[] REQUEST = "GET / HTTP/1.1\r\nHost: bench\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

	@Override
	public String name() {
		return "idle";
	}

	@Override
	public String title() {
		return "%,d idle connections that are kept alive".formatted(this.connections);
	}

	@Override
	public List<Entry> entries() {
		Setup setup = Setup.of(WORKERS).withIdleReturn(Duration.ofMinutes(10));
		return List.of(Entry.of(Peer.DIRECT, setup), Entry.of(Peer.REUSE_PORT, setup),
				Entry.of(Peer.HAPROXY_HTTP, setup), Entry.of(Peer.NODE_CLUSTER, setup),
				Entry.of("fdwork-netty, in workers", Peer.FDWORK_NETTY, setup),
				Entry.of(AT_HOME, Peer.FDWORK_NETTY, setup.withIdleReturn(Duration.ofSeconds(1))));
	}

	@Override
	public List<Figure> figures() {
		return List.of(Figure.CONNECTION_BYTES);
	}

	@Override
	public boolean isFresh() {
		return true;
	}

	@Override
	public boolean isTimed() {
		return false;
	}

	@Override
	public Sample measure(Contender contender, Duration time, long seed, Meter meter) throws IOException {
		List<SocketChannel> channels = new ArrayList<>();
		try {
			// Code and buffers that the first connections need
			open(contender.port(), this.connections / 10, channels);
			close(channels);
			collect(contender);
			meter.during(() -> {
				open(contender.port(), this.connections, channels);
				if (contender.name().equals(AT_HOME)) {
					Await.until(() -> contender.management().state().at("/idle/0/held").asInt() >= this.connections);
				}
				collect(contender);
				return channels;
			});
		}
		finally {
			close(channels);
		}
		double grown = meter.parts().values().stream().mapToLong(Meter.Part::grownBytes).sum();
		Map<Figure, Double> figures = new EnumMap<>(Figure.class);
		figures.put(Figure.CONNECTION_BYTES, grown / this.connections);
		return new Sample(this.connections, figures);
	}

	private static void open(int port, int count, List<SocketChannel> channels) throws IOException {
		ByteBuffer answer = ByteBuffer.allocate(1024);
		for (int i = 0; i < count; i++) {
			SocketChannel channel = SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
			channels.add(channel);
			channel.write(ByteBuffer.wrap(REQUEST));
			// Longer than the first segment of no answer
			if (channel.read(answer.clear()) <= 0) {
				throw new IOException("A connection has ended");
			}
		}
	}

	private static void close(List<SocketChannel> channels) throws IOException {
		for (SocketChannel channel : channels) {
			channel.close();
		}
		channels.clear();
	}

	private static void collect(Contender contender) throws IOException {
		Path jcmd = SampleJvm.JAVA_HOME.resolve("bin").resolve("jcmd");
		if (!Files.exists(jcmd)) {
			return;
		}
		for (List<Long> pids : contender.pids().values()) {
			for (long pid : pids) {
				if (Files.readSymbolicLink(Path.of("/proc", String.valueOf(pid), "exe")).endsWith("java")) {
					Command.run(List.of(jcmd.toString(), String.valueOf(pid), "GC.run"));
				}
			}
		}
	}

}
