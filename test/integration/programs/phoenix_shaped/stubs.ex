# The behaviours and macros of Phoenix, Plug and Ecto, as far as a module that uses them shows them in its compiled code. None of it does anything.
defmodule Plug do
  @callback init(term) :: term
  @callback call(term, term) :: term
end

defmodule Plug.Conn do
  defstruct assigns: %{}, params: %{}, status: nil
  def assign(conn, key, value), do: put_in(conn.assigns[key], value)
  def put_status(conn, status), do: %{conn | status: status}
  def halt(conn), do: conn
  def get_session(_conn, _key), do: nil
  def send_resp(conn, _status, _body), do: conn
end

defmodule Phoenix.Controller do
  defmacro __using__(_) do
    quote do
      @behaviour Plug
      import Phoenix.Controller
      import Plug.Conn
      def init(options), do: options
      def call(conn, action), do: phoenix_controller_pipeline(conn, action)
      def action(conn, _options), do: apply(__MODULE__, conn.params["action"], [conn, conn.params])
      def phoenix_controller_pipeline(conn, action), do: action(conn, action)
      defoverridable init: 1, action: 2
    end
  end

  def render(conn, _template, _assigns), do: conn
  def json(conn, _value), do: conn
  def put_flash(conn, _kind, _text), do: conn
  def redirect(conn, _to), do: conn
end

defmodule Phoenix.Router do
  defmacro __using__(_) do
    quote do
      import Phoenix.Router
      import Plug.Conn
      @behaviour Plug
      def init(options), do: options
      def call(conn, _options), do: __match_route__(conn, conn.params["method"], conn.params["path"])
      def __routes__, do: []
      def __match_route__(conn, _method, _path), do: browser(conn, [])
    end
  end

  defmacro pipeline(name, plugs) do
    quote do
      def unquote(name)(conn, _options) do
        Enum.reduce(unquote(plugs), conn, fn plug, conn -> apply(__MODULE__, plug, [conn, []]) end)
      end
    end
  end
end

defmodule Phoenix.Endpoint do
  defmacro __using__(_) do
    quote do
      @behaviour Plug
      def init(options), do: options
      def call(conn, options), do: plug_builder_call(conn, options)
      def plug_builder_call(conn, _options), do: conn
      def config(_key), do: nil
      def broadcast(_topic, _event, _message), do: :ok
      def start_link(_options \\ []), do: :ignore
      def child_spec(options), do: %{id: __MODULE__, start: {__MODULE__, :start_link, [options]}}
    end
  end
end

defmodule Phoenix.LiveView do
  @callback mount(term, term, term) :: term
  @callback handle_event(term, term, term) :: term
  @callback handle_info(term, term) :: term
  @callback handle_params(term, term, term) :: term
  @callback render(term) :: term
  @optional_callbacks mount: 3, handle_event: 3, handle_info: 2, handle_params: 3, render: 1
  defmacro __using__(_) do
    quote do
      @behaviour Phoenix.LiveView
      import Phoenix.LiveView
      def __live__, do: %{}
    end
  end

  def assign(socket, values), do: Map.merge(socket, Map.new(values))
  def stream_insert(socket, _name, _item), do: socket
  def push_patch(socket, _to), do: socket
end

defmodule Phoenix.Channel do
  @callback join(term, term, term) :: term
  @callback handle_in(term, term, term) :: term
  @callback handle_info(term, term) :: term
  @optional_callbacks handle_in: 3, handle_info: 2
  defmacro __using__(_) do
    quote do
      @behaviour Phoenix.Channel
      import Phoenix.Channel
      def child_spec(options), do: %{id: __MODULE__, start: {__MODULE__, :start_link, [options]}}
    end
  end

  def push(_socket, _event, _payload), do: :ok
  def broadcast!(_socket, _event, _payload), do: :ok
end

defmodule Phoenix.PubSub do
  def broadcast(_server, _topic, _message), do: :ok
  def subscribe(_server, _topic), do: :ok
end

defmodule Ecto.Schema do
  defmacro __using__(_) do
    quote do
      import Ecto.Schema, only: [schema: 2]
      import Ecto.Changeset
    end
  end

  defmacro schema(_table, fields) do
    quote do
      defstruct unquote(fields)
      def __schema__(:fields), do: unquote(Keyword.keys(fields))
      def __changeset__, do: %{}
    end
  end
end

defmodule Ecto.Changeset do
  def cast(struct, params, _allowed), do: %{data: struct, params: params, errors: []}
  def validate_required(changeset, _fields), do: changeset
  def validate_length(changeset, _field, _options), do: changeset
  def validate_number(changeset, _field, _options), do: changeset
  def unique_constraint(changeset, _field), do: changeset
  def put_change(changeset, _key, _value), do: changeset
  def get_change(_changeset, _key), do: nil
end

defmodule Ecto.Multi do
  def new, do: []
  def insert(multi, name, changeset), do: [{name, changeset} | multi]
  def run(multi, name, fun), do: [{name, fun} | multi]
end

defmodule Ecto.Repo do
  defmacro __using__(_) do
    quote do
      def all(_query), do: []
      def get!(_schema, _id), do: nil
      def insert(changeset), do: {:ok, changeset}
      def update(changeset), do: {:ok, changeset}
      def delete(struct), do: {:ok, struct}
      def transaction(fun), do: {:ok, fun}
      def rollback(reason), do: throw(reason)
    end
  end
end

defmodule Oban.Worker do
  @callback perform(term) :: term
  defmacro __using__(_) do
    quote do
      @behaviour Oban.Worker
      def new(args), do: args
      def backoff(_job), do: 15
    end
  end
end
