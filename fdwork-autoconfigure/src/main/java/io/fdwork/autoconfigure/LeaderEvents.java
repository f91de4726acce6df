package io.fdwork.autoconfigure;

import java.util.function.Consumer;

import io.fdwork.worker.Leadership;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import org.springframework.context.ApplicationEvent;
import org.springframework.context.ApplicationEventPublisher;
import org.springframework.integration.leader.Context;
import org.springframework.integration.leader.event.OnGrantedEvent;
import org.springframework.integration.leader.event.OnRevokedEvent;

/**
 * Publishes that this process has become the leader, or is it no more, as the leader
 * initiators of Spring Integration do.
 */
final class LeaderEvents implements Consumer<Boolean>, Context {

	private static final Logger logger = LoggerFactory.getLogger(LeaderEvents.class);

	private final ApplicationEventPublisher publisher;

	private volatile boolean leader;

	LeaderEvents(ApplicationEventPublisher publisher) {
		this.publisher = publisher;
	}

	@Override
	public void accept(Boolean leader) {
		this.leader = leader;
		publish((leader) ? new OnGrantedEvent(this, this, Leadership.ROLE)
				: new OnRevokedEvent(this, this, Leadership.ROLE));
	}

	private void publish(ApplicationEvent event) {
		try {
			this.publisher.publishEvent(event);
		}
		catch (RuntimeException | Error ex) {
			logger.error("A listener failed for {}", event, ex);
		}
	}

	@Override
	public boolean isLeader() {
		return this.leader;
	}

	@Override
	public String getRole() {
		return Leadership.ROLE;
	}

	@Override
	public String toString() {
		return "the leader of fdwork";
	}

}
