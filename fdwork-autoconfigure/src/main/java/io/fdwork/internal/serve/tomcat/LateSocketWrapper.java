package io.fdwork.internal.serve.tomcat;

import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;

import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.NioEndpoint;
import org.apache.tomcat.util.net.NioEndpoint.NioSocketWrapper;
import org.apache.tomcat.util.net.SendfileDataBase;
import org.apache.tomcat.util.net.SendfileState;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A connection that comes to the poller only when it waits for its client, where Tomcat
 * has each there from its begin to its end. One that ends with its first answer needs no
 * poller.
 */
class LateSocketWrapper extends NioSocketWrapper {

	private static final Logger logger = LoggerFactory.getLogger(LateSocketWrapper.class);

	private final Object joining = new Object();

	LateSocketWrapper(NioChannel channel, NioEndpoint endpoint) {
		super(channel, endpoint);
	}

	@Override
	public void registerReadInterest() {
		joinPoller();
		super.registerReadInterest();
	}

	@Override
	public void registerWriteInterest() {
		joinPoller();
		super.registerWriteInterest();
	}

	@Override
	public SendfileState processSendfile(SendfileDataBase file) {
		joinPoller();
		return super.processSendfile(file);
	}

	/**
	 * Have a key in the poller, which Tomcat takes for granted. It says what it is of
	 * interest for.
	 */
	private void joinPoller() {
		SocketChannel channel = getSocket().getIOChannel();
		Selector selector = getPoller().getSelector();
		// One may read while another one writes
		synchronized (this.joining) {
			try {
				if (channel != null && channel.keyFor(selector) == null) {
					channel.register(selector, 0, this);
				}
			}
			catch (ClosedChannelException | ClosedSelectorException ex) {
				// Whoever finds no key there closes it
				logger.trace("A connection ends before it waits", ex);
			}
		}
	}

}
