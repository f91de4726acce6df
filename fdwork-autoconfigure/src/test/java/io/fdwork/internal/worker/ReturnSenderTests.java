package io.fdwork.internal.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

import io.fdwork.ConnectionHistory;
import io.fdwork.Connections;
import io.fdwork.RequestId;
import io.fdwork.descriptor.Descriptor;
import io.fdwork.internal.queue.GotWork;
import io.fdwork.internal.table.TestTable;
import io.fdwork.internal.wire.ControlMessage;
import io.fdwork.internal.wire.Feature;
import io.fdwork.internal.wire.WorkMetadata;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Tests for {@link ReturnSender}.
 */
@Timeout(60)
class ReturnSenderTests {

	@TempDir
	Path directory;

	private final Spares spares = new Spares(10, new WorkerCounters());

	private final CompletableFuture<Descriptor> refused = new CompletableFuture<>();

	private Connections connections;

	private TestTable table;

	private ControlPair control;

	private DaemonHome home;

	private ReturnSender sender;

	@BeforeEach
	void connect() throws IOException {
		this.connections = new Connections();
		this.table = new TestTable();
		this.control = ControlPair.in(this.directory);
		this.home = home();
		this.sender = new ReturnSender(() -> this.home, this.spares, (queue) -> null);
		this.spares.follow(this.table.open(1));
		this.sender.start();
	}

	@AfterEach
	void close() throws Exception {
		this.sender.close();
		this.control.close();
		this.table.close();
		this.connections.close();
	}

	@Test
	void shouldSendNothingToDaemonThatHasDiedBeforeItsConnectionEnds() throws Exception {
		try (Connections.Connection connection = this.connections.connect()) {
			this.sender.life(DaemonLife.DEAD);
			giveBack(connection);
			try (Descriptor kept = this.refused.get(10, TimeUnit.SECONDS)) {
				assertThat(kept.isOpen()).as("nobody else has it").isTrue();
			}
			assertThat(this.spares.size()).isZero();
		}
	}

	@Test
	void shouldSendToTheNextDaemon() throws Exception {
		try (Connections.Connection connection = this.connections.connect()) {
			this.sender.life(DaemonLife.DEAD);
			this.home = home();
			giveBack(connection);
			assertThat(this.control.daemon().read()).isInstanceOf(ControlMessage.Return.class);
			this.control.daemon().takeDescriptors().forEach(Descriptor::close);
			assertThat(this.refused).isNotDone();
		}
	}

	private DaemonHome home() {
		return new DaemonHome(this.control.worker(), EnumSet.noneOf(Feature.class));
	}

	private void giveBack(Connections.Connection connection) throws IOException {
		GotWork work = new GotWork(new WorkMetadata(new RequestId(1, 2), "q", 3, 4, connection.accepted().remote(),
				connection.accepted().local(), Map.of(), new byte[0]), List.of(), 5, (ended, outcome) -> {
				});
		this.sender.giveBack(work, connection.descriptor().duplicate(), new ConnectionHistory(1, 2), null,
				this.refused::complete);
	}

}
