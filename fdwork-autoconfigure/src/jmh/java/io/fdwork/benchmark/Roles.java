package io.fdwork.benchmark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

import io.fdwork.Work;
import io.fdwork.WorkHandler;
import io.fdwork.WorkRequest;
import io.fdwork.autoconfigure.RoleContexts;
import io.fdwork.integration.inbound.RequestMessageProducer;
import io.fdwork.integration.inbound.WorkMessageProducer;
import io.fdwork.internal.queue.KernelQueue;
import io.fdwork.internal.queue.KernelQueues;
import io.fdwork.internal.queue.QueueReader;
import io.fdwork.internal.serve.HandlerServer;

import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.FileSystemUtils;

/**
 * A daemon and a worker, each with the beans of an application, that do not know each
 * other: whoever holds this puts and gets.
 */
final class Roles implements AutoCloseable {

	private final Path directory;

	private final ConfigurableApplicationContext daemon;

	private final ConfigurableApplicationContext worker;

	private Roles(Path directory, ConfigurableApplicationContext daemon, ConfigurableApplicationContext worker) {
		this.directory = directory;
		this.daemon = daemon;
		this.worker = worker;
	}

	/**
	 * Start both.
	 * @param daemon a configuration class for the daemon
	 * @param worker a configuration class for the worker, with a {@link WorkHandler}
	 * @return both, to be closed by the caller
	 */
	static Roles start(Class<?> daemon, Class<?> worker) throws IOException {
		Path directory = Files.createTempDirectory("fdwork-benchmark");
		return new Roles(directory,
				RoleContexts.start(daemon, "fdwork.role=daemon", "fdwork.directory=" + directory.resolve("daemon"),
						"fdwork.daemon.listeners[0].address=127.0.0.1", "fdwork.daemon.listeners[0].port=0"),
				RoleContexts.start(worker, "fdwork.role=worker", "fdwork.directory=" + directory.resolve("worker"),
						"fdwork.worker.max-reconnect-delay=10s"));
	}

	/**
	 * Return what puts a request.
	 * @param integration whether through Spring Integration
	 */
	Consumer<WorkRequest> putting(boolean integration) {
		return (integration) ? this.daemon.getBean(RequestMessageProducer.class)::accept
				: this.daemon.getBean(KernelQueues.class)::put;
	}

	/**
	 * Return what serves a work with the handler of the worker.
	 * @param integration whether through Spring Integration
	 */
	Consumer<Work> serving(boolean integration) {
		return (integration) ? this.worker.getBean(WorkMessageProducer.class)
				: new HandlerServer(this.worker.getBean(WorkHandler.class), null);
	}

	/**
	 * Open the get side of the daemon's queue.
	 * @return the reader, to be closed by the caller
	 */
	QueueReader openReader() throws IOException {
		KernelQueue queue = this.daemon.getBean(KernelQueues.class).find(WorkRequest.DEFAULT_QUEUE);
		return QueueReader.open(queue.name(), queue.instance(), queue.duplicateForWorker());
	}

	@Override
	public void close() throws IOException {
		this.worker.close();
		this.daemon.close();
		FileSystemUtils.deleteRecursively(this.directory);
	}

}
