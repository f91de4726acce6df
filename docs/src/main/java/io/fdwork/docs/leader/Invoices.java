package io.fdwork.docs.leader;

import java.util.concurrent.atomic.AtomicInteger;

import io.fdwork.worker.LeaderOnly;
import io.fdwork.worker.Leadership;

import org.springframework.context.event.EventListener;
import org.springframework.integration.leader.event.OnGrantedEvent;
import org.springframework.scheduling.annotation.Scheduled;
import org.springframework.stereotype.Component;

/**
 * In a worker: what must be done once, by one of them.
 */
@Component
public class Invoices {

	private final AtomicInteger sent = new AtomicInteger();

	private final Leadership leadership;

	public Invoices(Leadership leadership) {
		this.leadership = leadership;
	}

	// tag::scheduled[]
	@Scheduled(cron = "0 0 3 * * *")
	@LeaderOnly
	public void sendAll() {
		send();
	}
	// end::scheduled[]

	// tag::granted[]
	@EventListener(OnGrantedEvent.class)
	public void sendWhatIsLeft() {
		send();
	}
	// end::granted[]

	// tag::asked[]
	public String sendNow() {
		return (this.leadership.runIfLeader(this::send)) ? "sent" : "another worker is the leader";
	}
	// end::asked[]

	private void send() {
		this.sent.incrementAndGet();
	}

	/**
	 * Return how often they were sent.
	 * @return the number
	 */
	public int sent() {
		return this.sent.get();
	}

}
