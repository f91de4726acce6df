package io.fdwork.internal.serve.tomcat;

import org.apache.tomcat.util.net.AbstractEndpoint;
import org.apache.tomcat.util.net.NioChannel;
import org.apache.tomcat.util.net.SocketEvent;
import org.apache.tomcat.util.net.SocketWrapperBase;

/**
 * Processes the events of connections as Tomcat does, and tells each when that begins and
 * ends.
 */
final class WorkSocketHandler implements AbstractEndpoint.Handler<NioChannel> {

	private final AbstractEndpoint.Handler<NioChannel> delegate;

	WorkSocketHandler(AbstractEndpoint.Handler<NioChannel> delegate) {
		this.delegate = delegate;
	}

	@Override
	public SocketState process(SocketWrapperBase<NioChannel> socket, SocketEvent event) {
		WorkSocketWrapper wrapper = (WorkSocketWrapper) socket;
		if (!wrapper.begin()) {
			return SocketState.OPEN;
		}
		SocketState state = SocketState.CLOSED;
		CurrentWork.set(wrapper.work());
		try {
			state = this.delegate.process(wrapper, event);
			return state;
		}
		finally {
			CurrentWork.clear();
			wrapper.end(event, state);
		}
	}

	@Override
	public Object getGlobal() {
		return this.delegate.getGlobal();
	}

	@Override
	public void release(SocketWrapperBase<NioChannel> socket) {
		this.delegate.release(socket);
	}

	@Override
	public void pause() {
		this.delegate.pause();
	}

	@Override
	public void recycle() {
		this.delegate.recycle();
	}

}
