# A second stand-in for backstop, on the ground that it stands on itself: Sinatra, Rack's Basic auth and puma. It takes
# records as its documentation says, and appends each as a line to the file LINES.
require "json"
require "sinatra/base"

class Backstop < Sinatra::Base
  LINES = File.open(ENV.fetch("LINES"), "a").tap { |file| file.sync = true }
  LOGIN = ENV.fetch("LOGIN").split(":", 2)

  set :environment, :production
  use(Rack::Auth::Basic, "backstop") { |user, password| [user, password] == LOGIN }

  post "/publish/:name" do
    begin
      records = JSON.parse(request.body.read)
    rescue JSON::ParserError
      halt 400, "JSON is required"
    end
    halt 404, "unknown prefix" unless params[:name] == ENV.fetch("PREFIX")
    (records.is_a?(Array) ? records : [records]).each do |record|
      fields = record.values_at("metric", "value", "measure_time")
      halt 400, "missing fields" unless fields.all?
      LINES.write("#{params[:name]}.#{fields.join(" ")}\n")
    end
    "ok"
  end
end

run Backstop
